/** The election recipe: one leader in a term, and no old one that writes. */
import { expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../test/support/laid-over.ts';

const file = 'src/nodes/consensus/lock-service/example.yaml';
const candidates = (more = '') => [
  'nodes.locks.tick=0s',
  'nodes.store={ kind: fenced-store, disk: { sync: 1ms } }',
  `clients.reader={ workload: election-recipe, target: locks, store: store, count: 3, pace: closed, think: 10ms, lease: 4s, timeout: 12s, ${more} }`,
  'duration=20s',
];
const one = 'holders at once = 1';

test('leaders follow each other, whatever happens to servers and leaders', {
  timeout: 30_000,
}, async () => {
  const faults =
    'faults=[{ at: 3s, every: 6s, for: 2s, crash: leader }, { at: 5s, every: 7s, for: 6s, pause: reader-1 }]';
  const expected = 'expect=[fenced, leaders per term <= 1, availability >= 50%]';
  const result = await runLaidOver({ file, sets: [...candidates('writes: 5'), faults, expected] });
  expect(violatedIn(result)).toEqual([]);
  const roles = result.facts.notes.filter(
    ({ node, label }) => label === 'role' && node.startsWith('reader'),
  );
  const leaders = roles.filter(({ detail }) => detail['role'] === 'leader');
  expect(new Set(leaders.map(({ node }) => node)).size).toBe(3);
  // Each leads under a token of its own, which grows.
  const terms = leaders.map(({ detail }) => detail['term'] as number);
  expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
});

test('a leader that is cut off steps down before the next one leads, if it looks at its lease', {
  timeout: 30_000,
}, async () => {
  const cut = 'faults=[{ at: 5s, for: 9s, cut: [[reader-1, locks], [reader-2, locks]] }]';
  const broken = async (more: string) => {
    const sets = [...candidates(`writes: 1, work: 9s, ${more}`), cut, `expect=[${one}]`];
    return violatedIn(await runLaidOver({ file, sets }));
  };
  expect(await broken('check-lease: true')).toEqual([]);
  expect(await broken('check-lease: false')).toEqual([one]);
});
