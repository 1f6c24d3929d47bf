/**
 * Raft under random hostility: nothing may break, and each known mistake must break something. What
 * is drawn, and what is watched, is in `chaos.ts`. Hundreds of seeds in `npm run test:long`.
 */
import { describe, expect, test } from 'vitest';
import { type Bug, bugs } from '../../src/nodes/consensus/raft/bugs.ts';
import { times } from '../support/long.ts';
import { type ChaosOptions, type ChaosResult, chaos } from './chaos.ts';
import { PAPER } from './raft-cluster.ts';

function seeds(count: number, options: Omit<ChaosOptions, 'seed'> = {}): ChaosResult[] {
  return Array.from({ length: count }, (_, i) => chaos({ ...options, seed: i + 1 }));
}

function violations(results: readonly ChaosResult[]): string[] {
  return results.flatMap(({ violation }, i) =>
    violation === null ? [] : [`${i + 1} ${violation}`],
  );
}

function sum(results: readonly ChaosResult[], field: keyof Omit<ChaosResult, 'violation'>): number {
  return results.reduce((total, result) => total + result[field], 0);
}

test('the safety properties hold, operations happen once, errors tell the truth', () => {
  const count = times(60, 3000);
  const results = seeds(count);
  expect(violations(results)).toEqual([]);
  // And it was no calm sea: else the silence would prove nothing.
  expect(sum(results, 'terms')).toBeGreaterThan(4.5 * count);
  expect(sum(results, 'crashes')).toBeGreaterThan(2.4 * count);
  expect(sum(results, 'answered')).toBeGreaterThan(30 * count);
  expect(sum(results, 'failed')).toBeGreaterThan(9 * count);
  expect(sum(results, 'retried')).toBeGreaterThan(30 * count);
  expect(sum(results, 'repeated')).toBeGreaterThan(9 * count);
  expect(sum(results, 'aborted')).toBeGreaterThan(0.6 * count);
});

test('the same seed is the same run', () => {
  expect(seeds(5)).toEqual(seeds(5));
  expect(new Set(seeds(5).map((result) => JSON.stringify(result))).size).toBe(5);
});

/** The mistakes that break what must never happen; the others stop what must. */
type UnsafeBug = Exclude<Bug, 'same-timeouts'>;
const unsafe = Object.keys(bugs).filter((bug) => bug !== 'same-timeouts') as UnsafeBug[];

/** Where each mistake shows: the properties that it breaks, and a world in which it does so often. */
const worlds: {
  readonly [B in UnsafeBug]: Omit<ChaosOptions, 'seed'> & { breaks: readonly string[] };
} = {
  'vote-twice': {
    breaks: ['election-safety'],
    settings: PAPER,
    temper: { servers: 3, crash: 0.08, reboot: 0.05, skew: 0.5, flush: 0.1, loss: 0.1, order: 1 },
  },
  'commit-old-term': {
    breaks: ['leader-completeness'],
    settings: { ...PAPER, batchEntries: 1, inFlightMax: 1 },
    temper: {
      servers: 3,
      crash: 0.08,
      reboot: 0.02,
      skew: 0.3,
      flush: 0.1,
      loss: 0,
      order: 1,
      cut: 0.01,
    },
  },
  'ack-before-durable': {
    breaks: ['leader-completeness', 'exactly once', 'linearizable', 'state-machine-safety'],
    temper: { servers: 3, crash: 0.04, skew: 0.8, flush: 0.1 },
  },
  'no-log-check': { breaks: ['leader-completeness'] },
  'truncate-always': { breaks: ['leader-completeness'] },
  'local-reads': { breaks: ['linearizable'] },
  'no-dedup': { breaks: ['exactly once', 'linearizable', 'definite errors'] },
};

describe('each known mistake breaks what it is said to break', () => {
  for (const bug of unsafe) {
    const { breaks, ...world } = worlds[bug];
    test(`${bug}, in 5 of 150 seeds at least`, () => {
      const broken: string[] = [];
      for (let seed = 1; seed <= 150 && broken.length < times(5, Infinity); seed++) {
        const { violation } = chaos({ ...world, bug, seed });
        if (violation !== null) broken.push(violation);
      }
      const properties = broken.map((each) => /^([^:]+):/.exec(each)?.[1] ?? each);
      expect(broken.length).toBeGreaterThanOrEqual(5);
      expect(breaks).toEqual(expect.arrayContaining([...new Set(properties)]));
    });
    test(`without ${bug} the same world is safe`, () => {
      expect(violations(seeds(times(10, 500), world))).toEqual([]);
    });
  }
});
