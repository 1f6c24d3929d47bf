/**
 * What holds for every model: planted mistakes are found, long right histories pass, and verdicts do
 * not depend on names, on the clock, or on what was asked of other keys. And that many open
 * operations at once are no trouble.
 */
import { describe, expect, it } from 'vitest';
import { checkLinearizable } from '../../src/checks/linearizable/index.ts';
import { counter } from '../../src/checks/models/counter.ts';
import { queue } from '../../src/checks/models/queue.ts';
import { register } from '../../src/checks/models/register.ts';
import { set } from '../../src/checks/models/set.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import { times } from '../support/long.ts';
import { asRead, mess, modelCases, of, open } from '../support/model-cases.ts';
import { naivelyLinearizable } from '../support/naive-linearizability.ts';
import { randomOf } from '../support/simulated-register.ts';
import type { Kind } from '../support/small-histories.ts';

const registerCase = {
  name: 'register',
  model: register as SearchModel,
  kinds: [
    of('write', 1),
    of('write', 2),
    of('cas', [1, 2]),
    open(of('write', 1)),
    of('read', null, 1),
    of('read', null, 2),
    of('read', null, null),
  ],
};
const cases = [registerCase, ...modelCases];

/**
 * A history that is right by construction: operations that fit one after another, each answered
 * somewhat after it took effect, and begun somewhat before.
 */
function right(
  model: SearchModel,
  kinds: readonly Kind[],
  operations: number,
  random: () => number,
): OperationSketch[] {
  const int = (below: number) => Math.floor(random() * below);
  const sketches: OperationSketch[] = [];
  let state: unknown = model.init();
  for (let tries = 0; sketches.length < operations && tries < 50 * operations; tries++) {
    const kind = kinds[int(kinds.length)] ?? of('read', null);
    const atUs = 10 * sketches.length;
    const times = {
      process: sketches.length,
      from: Math.max(0, atUs - int(30)),
      to: atUs + int(30),
    };
    const sketch = { ...kind, ...times };
    const [operation] = asRead(historyOf([sketch]), model);
    if (operation === undefined || operation.outcome === 'fail') continue;
    const { f, input, output, outcome } = operation;
    const next = model.step(state, f, input, outcome === 'info' ? undefined : output);
    if (next === null) continue;
    if (outcome !== 'info') state = next;
    // Of open operations some took effect; and there are few of them.
    else if (random() < 0.7) continue;
    else if (random() < 0.5) state = next;
    sketches.push(sketch);
  }
  return sketches;
}

describe('planted mistakes', () => {
  it.each(cases)('in a $name are all found', ({ model, kinds }) => {
    const random = randomOf(17);
    let planted = 0;
    let sound = 0;
    for (let i = 0; i < times(60, 1000); i++) {
      const sketches = right(model, kinds, 3 + Math.floor(random() * 6), random);
      expect(checkLinearizable(historyOf(sketches), model).verdict).not.toBe('fail');
      const at = Math.floor(random() * sketches.length);
      const other = kinds[Math.floor(random() * kinds.length)];
      const changed = sketches.map((one, k) => (k === at ? { ...one, ...other } : one));
      const history = historyOf(changed);
      const wrong = !naivelyLinearizable(asRead(history, model), model);
      if (wrong) planted++;
      else sound++;
      expect(checkLinearizable(history, model).verdict === 'fail').toBe(wrong);
    }
    expect(Math.min(planted, sound)).toBeGreaterThan(3);
  });
});

describe('long right histories', () => {
  it.each(cases)('of a $name pass', ({ model, kinds }) => {
    const random = randomOf(19);
    for (const operations of [40, 120]) {
      const history = historyOf(right(model, kinds, operations, random));
      expect(checkLinearizable(history, model).verdict).toBe('pass');
    }
  });
});

const renamed = (value: Plain): Plain => {
  if (typeof value === 'number') return value + 10;
  return Array.isArray(value) ? value.map(renamed) : value;
};

describe('verdicts do not depend on', () => {
  const verdictOf = (sketches: readonly OperationSketch[], model: SearchModel) =>
    checkLinearizable(historyOf(sketches), model).verdict;
  const sketchesOf = (history: History): OperationSketch[] =>
    history.map((one) => ({ ...one, from: one.invokedAtUs, to: one.endedAtUs }));
  const each = (
    { model, kinds }: { readonly model: SearchModel; readonly kinds: readonly Kind[] },
    same: (
      sketches: readonly OperationSketch[],
      random: () => number,
    ) => readonly OperationSketch[],
  ) => {
    const random = randomOf(23);
    const seen = new Set<string>();
    for (let i = 0; i < times(36, 600); i++) {
      const sketches = sketchesOf(mess(random, kinds, 6));
      const verdict = verdictOf(sketches, model);
      seen.add(verdict);
      expect(verdictOf(same(sketches, random), model)).toBe(verdict);
    }
    expect(seen.size).toBeGreaterThan(1);
  };

  it.each(cases)('the names of processes: $name', (one) => {
    each(one, (sketches) =>
      sketches.map((sketch) => ({ ...sketch, process: 90 - sketch.process })),
    );
  });

  it.each(cases)('the clock: $name', (one) => {
    each(one, (sketches) =>
      sketches.map((sketch) => ({
        ...sketch,
        from: 7 * sketch.from + 1000,
        to: 7 * sketch.to + 1000,
      })),
    );
  });

  it.each(cases)('the order in which operations that begin at once are given: $name', (one) => {
    each(one, (sketches) => [...sketches].reverse());
  });

  const valued = cases.filter(({ name }) =>
    /^(register|queue|bag|stack|set|kv without|ids)/.test(name),
  );
  it.each(valued.filter(({ name }) => !name.includes('in it')))('the values: $name', (one) => {
    each(one, (sketches) =>
      sketches.map(({ input = null, output = null, ...sketch }) => ({
        ...sketch,
        input: renamed(input),
        output: renamed(output),
      })),
    );
  });

  it.each(cases.filter(({ model }) => model.byKey))('other keys: $name', ({ model, kinds }) => {
    const random = randomOf(29);
    for (let i = 0; i < times(36, 600); i++) {
      const x = sketchesOf(mess(random, kinds, 5)).map((one) => ({ ...one, key: 'x' }));
      const y = sketchesOf(mess(random, kinds, 5)).map((one) => ({ ...one, key: 'y' }));
      const apart = [x, y].map((sketches) => verdictOf(sketches, model));
      const together = checkLinearizable(historyOf([...x, ...y]), model);
      expect(together.verdict === 'fail').toBe(apart.includes('fail'));
      if (together.key !== null) expect(apart[together.key === 'x' ? 0 : 1]).toBe('fail');
    }
  });
});

describe('thirty operations that never ended', () => {
  const thirty = (sketch: (i: number) => Kind): OperationSketch[] =>
    Array.from({ length: 30 }, (_, i) => ({ process: i, from: i, to: 99, ...open(sketch(i)) }));
  const later = (...kinds: readonly Kind[]): OperationSketch[] =>
    kinds.map((kind, i) => ({ process: 50 + i, from: 100 + 10 * i, to: 105 + 10 * i, ...kind }));
  const read = (output: Plain) => of('read', null, output);

  it.each<[string, SearchModel, OperationSketch[], 'pass' | 'fail']>([
    [
      'writes of thirty values',
      register,
      [...thirty((i) => of('write', i)), ...later(read(29), read(0), read(15))],
      'pass',
    ],
    [
      'writes, one of them read twice',
      register,
      [...thirty((i) => of('write', i)), ...later(read(3), read(4), read(3))],
      'fail',
    ],
    [
      'writes of one value',
      register,
      [...thirty(() => of('write', 1)), ...later(read(1), read(null))],
      'fail',
    ],
    [
      'a chain of compare-and-sets',
      register,
      [...thirty((i) => of('cas', [i === 0 ? null : i - 1, i])), ...later(read(29))],
      'pass',
    ],
    [
      'a chain that lacks a link',
      register,
      [
        ...thirty((i) => of('cas', [i === 0 ? null : i - 1, i])).filter(
          ({ process }) => process !== 7,
        ),
        ...later(read(29)),
      ],
      'fail',
    ],
    [
      'a chain read backwards',
      register,
      [...thirty((i) => of('cas', [i === 0 ? null : i - 1, i])), ...later(read(12), read(11))],
      'fail',
    ],
    [
      'compare-and-sets all over',
      register,
      [
        ...thirty((i) => of('cas', [i % 6, (5 * i + 1) % 6])),
        ...thirty((i) => of('write', i % 3)).map((one) => ({ ...one, process: one.process + 100 })),
        ...later(read(0), read(1), read(2), read(9)),
      ],
      'fail',
    ],
    [
      'increments',
      counter,
      [...thirty(() => of('add', 1)), ...later(read(3), read(17), read(30))],
      'pass',
    ],
    [
      'increments that are lost again',
      counter,
      [...thirty(() => of('add', 1)), ...later(read(17), read(16))],
      'fail',
    ],
    [
      'amounts that make a sum',
      counter,
      [...thirty((i) => of('add', 1 + (i % 5))), ...later(read(41), read(60))],
      'pass',
    ],
    ['adds', set, [...thirty((i) => of('add', i)), ...later(read([4]), read([3, 4]))], 'pass'],
    [
      'adds that are lost again',
      set,
      [...thirty((i) => of('add', i)), ...later(read([4]), read([3]))],
      'fail',
    ],
    [
      'enqueues',
      queue,
      [
        ...thirty((i) => of('enqueue', i)),
        ...later(of('dequeue', null, 29), of('dequeue', null, 3)),
      ],
      'pass',
    ],
    [
      'enqueues, one taken twice',
      queue,
      [
        ...thirty((i) => of('enqueue', i)),
        ...later(of('dequeue', null, 29), of('dequeue', null, 29)),
      ],
      'fail',
    ],
    [
      'dequeues',
      queue,
      [
        ...thirty(() => of('dequeue', null)),
        ...later(of('enqueue', 1), of('enqueue', 2), of('dequeue', null, 2)),
      ],
      'pass',
    ],
  ])('%s', (_, model, sketches, verdict) => {
    const result = checkLinearizable(historyOf(sketches), model);
    expect(result.verdict).toBe(verdict);
    expect(result.numbers['steps']).toBeLessThan(200_000);
  });

  it('as many answers at once, beyond a budget, are unknown, with what was explained', () => {
    const values = [0, 1, 2, 3, 4, 5];
    const storm = values.flatMap((a) => [
      of('write', a),
      ...values.filter((b) => b !== a).map((b) => of('cas', [a, b])),
    ]);
    const history = historyOf([
      ...storm.map((kind, process) => ({ ...kind, process, from: 0, to: 1000 })),
      { process: 98, ...read(5), from: 1001, to: 1002 },
      { process: 99, ...read(4), from: 1003, to: 1004 },
    ]);
    const result = checkLinearizable(history, register, { steps: 50_000, bytes: 1 << 24 });
    expect(result).toMatchObject({ verdict: 'unknown', numbers: { open: 0, explained: 34 } });
    expect(result.summary).toMatch(
      /^Undecided after 5\d,\d+ steps: the first 34 of 38 answers on key x can be explained\.$/,
    );
  });

  it('large states are charged for: a hopeless search of a queue ends in memory and time', () => {
    const random = randomOf(1);
    const int = (below: number) => Math.floor(random() * below);
    const held: number[] = [];
    const sketches = Array.from({ length: 400 }, (_, i): OperationSketch => {
      const times = { process: i, from: Math.max(0, 10 * i - int(30)), to: 10 * i + int(30) };
      if (random() < 0.6 || held.length === 0) {
        const value = 1 + int(2);
        held.push(value);
        return { ...times, ...of('enqueue', value) };
      }
      return { ...times, ...of('dequeue', null, held.shift() ?? null) };
    });
    const budget = { steps: 4_000_000, bytes: 1 << 24 };
    const result = checkLinearizable(historyOf(sketches), queue, budget);
    expect(result.verdict).toBe('unknown');
    // Memory ends it: a hundred words and more for each of the queue's contents.
    expect(result.numbers['states']).toBeLessThan(35_000);
    expect(result.numbers['steps']).toBeLessThan(2_000_000);
  });
});
