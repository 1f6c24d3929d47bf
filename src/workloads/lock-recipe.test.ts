/** The lock recipe under cuts: it gives up in time, and does not trust a lease that is over. */
import { expect, test } from 'vitest';
import { brokenIn, runLaidOver } from '../../test/support/laid-over.ts';

const file = 'src/nodes/consensus/lock-service/example.yaml';
const workers = (more: string) => [
  'nodes.locks.tick=0s',
  'nodes.store={ kind: fenced-store, disk: { sync: 1ms } }',
  `clients.reader={ workload: lock-recipe, target: locks, count: 3, pace: closed, think: 10ms, lease: 4s, ${more} }`,
  'duration=15s',
];

test('a client that is cut off gives up when its patience is over, in every step of the recipe', async () => {
  const cuts = 'faults=[{ at: 3s, every: 1100ms, for: 900ms, cut: [[reader-1, locks]] }]';
  const sets = [...workers('work: 5ms, timeout: 700ms'), cuts, 'expect=[mutual-exclusion]'];
  const { judged, history } = await runLaidOver({ file, sets });
  expect(judged.map(({ state }) => state)).toEqual(['held']);
  const late = history.filter(({ outcome, error }) => outcome === 'info' && error === 'timeout');
  expect(new Set(late.map(({ f }) => f))).toContain('acquire');
});

test('a holder that does not look after its lease works on when it is over', async () => {
  const cut = 'faults=[{ at: 5s, for: 9s, cut: [[reader-1, locks], [reader-2, locks]] }]';
  const one = 'holders at once = 1';
  const broken = (more: string) => {
    const works = workers(`store: store, work: 9s, timeout: 20s, ${more}`);
    return brokenIn({ file, sets: [...works, cut, `expect=[${one}]`] });
  };
  expect(await broken('check-lease: true')).toEqual([]);
  expect(await broken('check-lease: false')).toEqual([one]);
});
