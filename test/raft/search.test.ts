// Raft on the kernel under random faults: safety on every seed, and enough going on in nearly all of
// them. `npm run test:long` tries thousands of seeds.
import { expect, test } from 'vitest';
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { Profile } from '../support/nemesis.ts';
import { trySeed } from './search.ts';

test(`no violation, and at least 200 operations and three leaders in 95 % of the seeds`, {
  timeout: 120_000,
}, () => {
  const seeds = 60;
  const outcomes = Array.from({ length: seeds }, (_, i) => trySeed({ seed: String(i + 1) }));
  expect(outcomes.filter(({ violation }) => violation !== null)).toEqual([]);
  expect(outcomes.filter(({ unknown }) => unknown)).toEqual([]);
  const busy = outcomes.filter(({ acknowledged, leaders }) => acknowledged >= 200 && leaders >= 3);
  expect(busy.length / seeds).toBeGreaterThanOrEqual(0.95);
});

/** The profile that suits each bug, and within how many seeds it must be caught there. */
const hunts: { readonly [bug: string]: readonly [Profile, number] } = {
  'vote-twice': ['split-votes', 120],
  'commit-old-term': ['figure-8', 150],
  'ack-before-durable': ['power-cuts', 20],
  'no-log-check': ['full', 60],
  'truncate-always': ['full', 60],
  'local-reads': ['full', 60],
  'no-dedup': ['full', 60],
};

test('there is a hunt for every bug', () => {
  expect(Object.keys(hunts)).toEqual(Object.keys(raft.bugs));
});

test.each(Object.entries(hunts))('%s is caught', { timeout: 120_000 }, (bug, [profile, within]) => {
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
