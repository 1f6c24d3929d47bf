/** Banks under crashes, partitions, loss and doubled messages: nothing is torn, whatever is presumed. */
import { expect, test } from 'vitest';
import { times } from '../support/long.ts';
import { chaos, run, violationOf } from './bank-scenario.ts';

const groups = [
  '',
  ', presume: nothing, in-doubt: ask-peers',
  ', presume: commit',
  ', presume: commit, in-doubt: ask-peers, read-only-votes: false',
  ', in-doubt: ask-peers, one-phase: false, op-time: 0ms',
];
const seeds = times(20, 1000);

test('atomic, solvent and live on every seed', { timeout: 600_000 }, () => {
  const broken: string[] = [];
  let commits = 0;
  let doubts = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const group = groups[seed % groups.length] ?? '';
    const result = run(chaos({ seed, group }));
    const violation = violationOf(result);
    if (violation !== null) broken.push(`seed ${seed}${group}: ${violation}`);
    if (result.facts.liveness.some(({ state }) => state !== 'live')) broken.push(`${seed} stuck`);
    commits += result.history.filter(
      ({ f, outcome }) => f === 'transfer' && outcome === 'ok',
    ).length;
    doubts += result.facts.notes.filter(({ label }) => label === 'in doubt').length;
  }
  expect(broken).toEqual([]);
  // Enough goes on, and enough goes wrong.
  expect(commits / seeds).toBeGreaterThan(30);
  expect(doubts / seeds).toBeGreaterThan(3);
});
