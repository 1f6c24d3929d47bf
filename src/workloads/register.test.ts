/** The register workload's generator: mix, unique values, compare-and-sets that can succeed. */

import { describe, expect, test } from 'vitest';
import { briefly, parseText, smallCatalogue } from '../../test/scenarios/small-catalogue.ts';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { modelsByInterface } from '../checks/models/by-interface.ts';
import type { Plain } from '../sim/node.ts';
import { defaultsOf } from '../sim/params.ts';
import register from './register.ts';
import type { Invocation } from './workload.ts';
import { operationsMade } from './workload.ts';

type Given = Parameters<typeof defaultsOf<typeof register.params>>[1];

function invocations(count: number, given: Given = {}, seed = 1): Invocation[] {
  const generator = register.generator(defaultsOf(register.params, given));
  const random = fixedRandom(seed);
  const list: Invocation[] = [];
  for (let i = 0; i < count; i++) {
    const next = generator.next(0, random);
    if (next !== null) list.push(next);
  }
  return list;
}

function mix(given: Given, count = 4000): Record<string, number> {
  const counts: Record<string, number> = { read: 0, write: 0, cas: 0 };
  for (const { f } of invocations(count, given)) counts[f] = (counts[f] ?? 0) + 1 / count;
  return counts;
}

describe('the mix', () => {
  test.each<[Given, number, number, number]>([
    [{}, 0.5, 0.35, 0.15],
    [{ reads: 0.9 }, 0.9, 0.07, 0.03],
    [{ cas: 0 }, 50 / 85, 35 / 85, 0],
    [{ reads: 0.2, writes: 0.2 }, 0.2, 0.2, 0.6],
    [{ reads: 1 }, 1, 0, 0],
    [{ reads: 0.333, writes: 0.333, cas: 0.333 }, 1 / 3, 1 / 3, 1 / 3],
  ])('of %j', (given, read, write, cas) => {
    const seen = mix(given);
    // 4000 draws: a standard deviation of at most 0.008.
    expect(Math.abs((seen['read'] ?? 0) - read)).toBeLessThan(0.033);
    expect(Math.abs((seen['write'] ?? 0) - write)).toBeLessThan(0.033);
    expect(Math.abs((seen['cas'] ?? 0) - cas)).toBeLessThan(0.033);
  });

  test('deletes are the share of the writes that write null', () => {
    const writes = invocations(4000, { cas: 0, deletes: 0.3 }).filter(({ f }) => f === 'write');
    const deletes = writes.filter(({ input }) => input === null);
    expect(Math.abs(deletes.length / writes.length - 0.3)).toBeLessThan(0.04);
    expect(deletes.every(({ request }) => request['value'] === null)).toBe(true);
    const values = writes.filter(({ input }) => input !== null).map(({ input }) => input);
    expect(new Set(values).size).toBe(values.length);
  });

  test.each<[Given, string | null]>([
    [{ reads: 0.8, writes: 0.8 }, '160.00%'],
    [{ reads: 1, cas: 0.01 }, '101.00%'],
    [{ reads: 0.2, writes: 0.2, cas: 0.2 }, '60.00%'],
    [{ reads: 0, writes: 0, cas: 0 }, '0%'],
    [{ reads: 0.7, writes: 0.3 }, null],
    [{ reads: 0.333, writes: 0.333, cas: 0.333 }, null],
    [{ writes: 1 }, null],
    [{ reads: 0 }, null],
  ])('of %j is refused: %s', (given, sum) => {
    const refusal =
      sum === null ? null : `its shares of operations are ${sum} together, and not 100%`;
    expect(register.refuse?.(defaultsOf(register.params, given))).toBe(refusal);
  });

  test('shares that make no sense are reported where the load stands', () => {
    const workloads = {
      summaries: new Map([['register', '']]),
      items: new Map([['register', register]]),
    };
    const text = `
nodes: { kv: { kind: raft, count: 3 } }
clients:
  load: { workload: register, target: kv, rate: 9/s, reads: 80%, writes: 80% }
expect: [linearizable]
`;
    expect(
      briefly(parseText(text, { catalogue: { ...smallCatalogue, workloads } }).diagnostics),
    ).toEqual([
      'DS130 4:3 `clients.load` makes no sense: its shares of operations are 160.00% together, and not 100%',
    ]);
  });

  test('spreads over all keys', () => {
    const keys = new Map<string | null, number>();
    for (const { key } of invocations(5000, { keys: 5 })) keys.set(key, (keys.get(key) ?? 0) + 1);
    expect([...keys.keys()].sort()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5']);
    // 1000 each, with a standard deviation of 28.
    for (const count of keys.values()) expect(Math.abs(count - 1000)).toBeLessThan(115);
  });
});

test('no value is written twice', () => {
  const values = invocations(3000, { reads: 0.1, 'first-value': 500 }).flatMap(({ f, input }) =>
    f === 'write' ? [input] : f === 'cas' ? [(input as readonly Plain[])[1] ?? null] : [],
  );
  expect(new Set(values).size).toBe(values.length);
  expect(values[0]).toBe(500);
});

test('a compare-and-set expects one of the last values of its key, mostly the last', () => {
  const sent = new Map<string | null, Plain[]>();
  let all = 0;
  let last = 0;
  for (const { f, key, input, request } of invocations(6000)) {
    if (f === 'read') continue;
    const recent = sent.get(key) ?? [];
    if (f === 'cas') {
      const [from, to] = input as readonly Plain[];
      expect(request).toEqual({ type: 'cas', key, from, to });
      expect(recent.slice(-4)).toContain(from);
      all++;
      if (from === recent.at(-1)) last++;
      recent.push(to ?? null);
    } else {
      expect(request).toEqual({ type: 'write', key, value: input });
      recent.push(input);
    }
    sent.set(key, recent);
  }
  // 0.75, and a fourth of the rest.
  expect(Math.abs(last / all - 0.8125)).toBeLessThan(0.06);
});

test('against a store that does all at once, most compare-and-sets succeed and some do not', () => {
  const store = new Map<string | null, Plain>();
  let ok = 0;
  let refused = 0;
  for (const { f, key, input } of invocations(4000)) {
    if (f === 'write') store.set(key, input);
    if (f !== 'cas') continue;
    const [from, to] = input as readonly Plain[];
    if (store.get(key) === from) {
      store.set(key, to ?? null);
      ok++;
    } else refused++;
  }
  expect(ok).toBeGreaterThan(refused);
  expect(refused).toBeGreaterThan(50);
});

test('final reads: every key once for each process', () => {
  const generator = register.generator(defaultsOf(register.params, { keys: 3 }));
  const random = fixedRandom(1);
  const keys = (process: number) =>
    [0, 1, 2, 3].map(() => generator.last(process, random)?.key ?? null);
  expect(keys(4)).toEqual(['k1', 'k2', 'k3', null]);
  expect(keys(9)).toEqual(['k1', 'k2', 'k3', null]);
});

test('outputs: what a read saw, and nothing else', () => {
  expect(register.outputOf('read', { type: 'read_ok', inReplyTo: 1, value: 5 } as never)).toBe(5);
  expect(register.outputOf('write', { type: 'write_ok', inReplyTo: 1 })).toBeNull();
  expect(register.outputOf('cas', { type: 'cas_ok', inReplyTo: 1 })).toBeNull();
});

test('it asks for registers, tells operations as their model does, and is judged by it', () => {
  expect(operationsMade(register)).toEqual(['read', 'write', 'cas']);
  expect(register.tell?.('cas', [1, 2], undefined)).toBe('cas 1→2');
  const model = modelsByInterface.get(register.asks);
  if (model === undefined) throw new Error('registers have a model');
  const written = model.step(model.init(), 'write', 3, null);
  expect(model.step(written, 'read', null, 3)).not.toBeNull();
  expect(model.step(written, 'read', null, 4)).toBeNull();
});
