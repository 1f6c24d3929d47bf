/**
 * The levels of consistency against their definitions: small histories of every kind, with values
 * written once and more often, open operations and compare-and-sets.
 */
import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../src/checks/causal/levels.ts';
import { checkLevel } from '../../src/checks/hierarchy/level-check.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import { times } from '../support/long.ts';
import { naivelyKeeps, partialOrders } from '../support/naive-consistency.ts';
import { randomOf } from '../support/simulated-register.ts';

interface Shape {
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  /** Values written are 1..values; 0: each is written once. */
  readonly values: number;
  readonly open: number;
  readonly cas: number;
}

/** A history of random answers, most of them written somewhere. */
function randomHistory(seed: number, shape: Shape): History {
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const gone = new Set<number>();
  let fresh = 0;
  const drafts: OperationSketch[] = [];
  for (let i = 0; i < shape.operations; i++) {
    const process = below(shape.processes) + (gone.has(i) ? 10 : 0);
    const key = `k${below(shape.keys)}`;
    const dice = random();
    const f = dice < shape.cas ? 'cas' : dice < (1 + shape.cas) / 2 ? 'write' : 'read';
    const value = shape.values === 0 ? ++fresh : 1 + below(shape.values);
    drafts.push({ process, key, f, input: value, from: 10 * i, to: 10 * i + 5 });
  }
  const ended = new Map<number, number>();
  return historyOf(
    drafts.map((draft) => {
      const most = Math.max(fresh, shape.values);
      const seen: Plain = random() < 0.25 ? null : 1 + below(most);
      const open = draft.f !== 'read' && random() < shape.open;
      const times = ended.get(draft.process) ?? 0;
      if (open) ended.set(draft.process, times + 1);
      const process = draft.process + 100 * times;
      const outcome = open ? ('info' as const) : ('ok' as const);
      if (draft.f === 'read') return { ...draft, process, input: null, output: seen };
      if (draft.f === 'cas')
        return { ...draft, process, outcome, input: [seen, draft.input ?? null] };
      return { ...draft, process, outcome };
    }),
  );
}

const levels = LEVELS.map(({ name }) => name).filter((name) => name !== 'linearizable');

const shapes: readonly (readonly [string, number, Shape])[] = [
  [
    'values written once',
    times(90, 1800),
    { operations: 5, processes: 3, keys: 2, values: 0, open: 0, cas: 0 },
  ],
  [
    'one key, values written once',
    times(100, 2000),
    { operations: 5, processes: 2, keys: 1, values: 0, open: 0, cas: 0 },
  ],
  [
    'repeated values',
    times(50, 1000),
    { operations: 5, processes: 3, keys: 2, values: 2, open: 0, cas: 0 },
  ],
  [
    'open operations',
    times(50, 1000),
    { operations: 5, processes: 2, keys: 2, values: 0, open: 0.5, cas: 0.2 },
  ],
  [
    'compare-and-sets',
    times(100, 2000),
    { operations: 4, processes: 3, keys: 1, values: 0, open: 0, cas: 0.4 },
  ],
  [
    'all of it',
    times(100, 2000),
    { operations: 4, processes: 2, keys: 2, values: 2, open: 0.3, cas: 0.3 },
  ],
];

describe('against the definitions, on small histories with', () => {
  it.each(shapes)('%s', (_, count, shape) => {
    const kept = new Map<string, number>();
    for (let seed = 1; seed <= count; seed++) {
      const history = randomHistory(seed, shape);
      for (const level of levels) {
        const { verdict } = checkLevel(history, level);
        if (verdict === 'unknown' && history.every(({ outcome }) => outcome !== 'ok')) continue;
        const naive = naivelyKeeps(history, level);
        if (naive) kept.set(level, (kept.get(level) ?? 0) + 1);
        expect(`${level} ${verdict}`, JSON.stringify(history)).toBe(
          `${level} ${naive ? 'pass' : 'fail'}`,
        );
      }
    }
    // Neither answer may be rare, or agreement would mean little.
    for (const level of levels) {
      expect(kept.get(level) ?? 0, level).toBeGreaterThan(count / 20);
      expect(kept.get(level) ?? 0, level).toBeLessThan(count * 0.95);
    }
  });

  it('values that come back, under sequential consistency', () => {
    const shape = { operations: 6, processes: 3, keys: 1, values: 2, open: 0.1, cas: 0.2 };
    let kept = 0;
    for (let seed = 1; seed <= times(300, 6000); seed++) {
      const history = randomHistory(seed, shape);
      const naive = naivelyKeeps(history, 'sequential');
      if (naive) kept++;
      expect(checkLevel(history, 'sequential').verdict, JSON.stringify(history)).toBe(
        naive ? 'pass' : 'fail',
      );
    }
    expect(kept).toBeGreaterThan(25);
  });

  it('there are as many partial orders as the books say', () => {
    expect([1, 2, 3, 4, 5].map((n) => partialOrders(n).length)).toEqual([1, 3, 19, 219, 4231]);
  });
});
