// Raft on the kernel under random faults: safety on every seed, and enough going on in nearly all
// of them. `DSIM_LONG=1` (npm run test:long) tries 2,000 seeds.
import { expect, test } from 'vitest';
import raft from '../../src/nodes/consensus/raft/index.ts';
import { trySeed } from './search.ts';

const long = process.env['DSIM_LONG'] === '1';
const seeds = long ? 2000 : 60;

test(`${seeds} seeds: no violation, and at least 200 operations and three leaders in 95 % of them`, {
  timeout: long ? 3_600_000 : 60_000,
}, () => {
  const outcomes = Array.from({ length: seeds }, (_, i) => trySeed({ seed: String(i + 1) }));
  expect(outcomes.filter(({ violation }) => violation !== null)).toEqual([]);
  expect(outcomes.filter(({ unknown }) => unknown)).toEqual([]);
  const busy = outcomes.filter(({ acknowledged, leaders }) => acknowledged >= 200 && leaders >= 3);
  expect(busy.length / seeds).toBeGreaterThanOrEqual(0.95);
});

test('every known bug is caught within 300 seeds', { timeout: 120_000 }, () => {
  const missed = Object.keys(raft.bugs).filter((bug) => {
    for (let i = 1; i <= 300; i++)
      if (trySeed({ seed: String(i), bug }).violation !== null) return false;
    return true;
  });
  expect(missed).toEqual([]);
});
