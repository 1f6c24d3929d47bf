// Raft on the kernel under random faults: safety on every seed, and enough going on in nearly all of
// them. `npm run test:long` tries thousands of seeds.
import { expect, test } from 'vitest';
import { KINDS, type Profile } from '../support/nemesis.ts';
import { trySeed } from './search.ts';

test('within its budget: safe, live after healing, busy in 95% of the seeds, every kind felt', {
  timeout: 120_000,
}, () => {
  const seeds = 60;
  const outcomes = Array.from({ length: seeds }, (_, i) => trySeed({ seed: String(i + 1) }));
  expect(outcomes.filter(({ violation }) => violation !== null)).toEqual([]);
  expect(outcomes.filter(({ unknown, live }) => unknown || !live)).toEqual([]);
  expect(outcomes.flatMap(({ beyond }) => beyond)).toEqual([]);
  const busy = outcomes.filter(({ acknowledged, leaders }) => acknowledged >= 200 && leaders >= 3);
  // 96.5% of thousands of seeds are: four deviations of sixty seeds below that.
  expect(busy.length / seeds).toBeGreaterThanOrEqual(
    0.965 - 4 * Math.sqrt((0.965 * 0.035) / seeds),
  );
  for (const kind of KINDS) {
    // At least 10% of thousands of seeds; sixty may have fewer, and none has none.
    expect([kind, outcomes.some(({ felt }) => felt.includes(kind))]).toEqual([kind, true]);
  }
});

test('beyond its budget: violations are found, and none before the budget is exceeded', {
  timeout: 120_000,
}, () => {
  const outcomes = Array.from({ length: 15 }, (_, i) =>
    trySeed({ seed: String(i + 1), profile: 'beyond' }),
  );
  const violated = outcomes.filter(({ violation }) => violation !== null);
  expect(violated.length).toBeGreaterThanOrEqual(3);
  for (const { seed, beyond } of violated) expect([seed, beyond.length > 0]).toEqual([seed, true]);
  expect(outcomes.flatMap(({ beyond }) => beyond).join()).toMatch(/[345] of 5 disks of kv lost/);
});

/**
 * The profile that suits a bug of the default settings, and within how many seeds it must be caught
 * there. `chaos.test.ts` has a seed for every bug.
 */
const hunts: { readonly [bug: string]: readonly [Profile, number] } = {
  'vote-twice': ['split-votes', 120],
  'commit-old-term': ['figure-8', 150],
  'ack-before-durable': ['power-cuts', 20],
  'no-log-check': ['full', 60],
  'truncate-always': ['full', 60],
  'local-reads': ['full', 60],
  'no-dedup': ['full', 60],
};

test.each(Object.entries(hunts))('%s is caught', (bug, [profile, within]) => {
  for (let i = 1; i <= within; i++) {
    if (trySeed({ seed: String(i), bug, profile }).violation !== null) return;
  }
  throw new Error(`not within ${within} seeds of ${profile}`);
});

test.each(['figure-8', 'power-cuts', 'split-votes'] as const)(
  'no violation without a bug under %s',
  {
    timeout: 120_000,
  },
  (profile) => {
    const seeds = Array.from({ length: 20 }, (_, i) => String(i + 1));
    const violated = seeds.filter((seed) => trySeed({ seed, profile }).violation !== null);
    expect(violated).toEqual([]);
  },
);
