/** Words that are kept from parameters: held against every kind there is. */
import { describe, expect, test } from 'vitest';
import bridge from '../../src/faults/bridge.ts';
import { loadSchemaItems } from '../../src/scenarios/host/load-schema.ts';
import type { Catalogue } from '../../src/scenarios/sections/catalogue.ts';
import {
  clientTable,
  faultTable,
  NODE_TABLE,
  TOP_TABLE,
} from '../../src/scenarios/sections/section-tables.ts';
import {
  CLIENT_KEYS,
  DRAW_KEY,
  FAULT_KEYS,
  NODE_KEYS,
  TOP_KEYS,
} from '../../src/scenarios/values/names.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import type { ParamTable } from '../../src/sim/params.ts';
import { briefly, parseFiles, smallCatalogue } from './small-catalogue.ts';

const items = await loadSchemaItems();

/** `kind.parameter`, of those that take a word of the list. */
function taken(
  kinds: readonly { readonly name: string; readonly params: ParamTable }[],
  words: readonly string[],
): readonly string[] {
  return kinds.flatMap(({ name, params }) =>
    Object.keys(params)
      .filter(
        (key) =>
          words.includes(key) ||
          key === DRAW_KEY ||
          key.startsWith('x-') ||
          !/^[a-z][a-z0-9-]*$/.test(key),
      )
      .map((key) => `${name}.${key}`),
  );
}

describe('no parameter takes a reserved word', () => {
  test('there are kinds to look at', () => {
    expect(items.systems.length).toBeGreaterThan(3);
    expect(items.faults.length).toBeGreaterThan(3);
    expect(items.workloads.length).toBeGreaterThan(1);
  });

  test('the check bites', () => {
    const params = {
      count: { type: 'text', doc: '' },
      any: { type: 'text', doc: '' },
      Odd: { type: 'text', doc: '' },
      ok: { type: 'text', doc: '' },
    } as const;
    expect(taken([{ name: 'x', params }], NODE_KEYS)).toEqual(['x.count', 'x.any', 'x.Odd']);
  });

  test('of systems, faults, workloads and policies', () => {
    expect(taken(items.systems, NODE_KEYS)).toEqual([]);
    expect(taken(items.faults, FAULT_KEYS)).toEqual([]);
    expect(taken(items.workloads, CLIENT_KEYS)).toEqual([]);
    expect(taken(items.policies, [])).toEqual([]);
  });

  test('no fault is called like a key that stands beside it', () => {
    expect(
      items.faults.filter(({ name }) => (FAULT_KEYS as readonly string[]).includes(name)),
    ).toEqual([]);
  });
});

test('every key that is declared is reserved', () => {
  const known = (table: ParamTable, keys: readonly string[]) =>
    Object.keys(table).filter((key) => !keys.includes(key));
  expect(known(TOP_TABLE, TOP_KEYS)).toEqual([]);
  expect(known(NODE_TABLE, NODE_KEYS)).toEqual([]);
  expect(known(clientTable(1, ''), CLIENT_KEYS)).toEqual([]);
  expect(known(faultTable(1, ''), FAULT_KEYS)).toEqual([]);
});

test('defaults are values of their own parameter', async () => {
  const { parse } = await import('yaml');
  const { writtenForm } = await import('../../src/scenarios/values/written-form.ts');
  const { paramSchema } = await import('../../src/scenarios/sections/schema.ts');
  const kinds = [...items.systems, ...items.faults, ...items.workloads, ...items.policies];
  let seen = 0;
  for (const { name, params } of kinds) {
    for (const [key, spec] of Object.entries(params as ParamTable)) {
      if (spec.default === undefined) continue;
      seen += 1;
      const written = parse(JSON.stringify(writtenForm(spec, spec.default)));
      expect(
        paramSchema(spec).safeParse(written).success,
        `${name}.${key} ${JSON.stringify(written)}`,
      ).toBe(true);
    }
  }
  expect(seen).toBeGreaterThan(10);
});

test('what a fault of the scenario calls its sides names nothing else', () => {
  const items = new Map<string, AnyFault>([['bridge', bridge]]);
  const summaries = new Map([['bridge', bridge.summary]]);
  const said = (faults: Catalogue['faults']) => {
    const text = `
nodes: { left: { kind: raft, count: 3 } }
clients: { load: { workload: register, target: left, rate: 1/s } }
expect: [linearizable]`;
    const catalogue = { ...smallCatalogue, faults };
    return briefly(parseFiles({ 'a.yaml': text }, { catalogue }).diagnostics);
  };
  expect(said({ items, summaries })).toEqual([
    expect.stringContaining('`left` is a reserved word'),
  ]);
  expect(said({ items: new Map(), summaries })).toEqual([]);
});
