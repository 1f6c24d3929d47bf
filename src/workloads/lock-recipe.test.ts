/** The lock recipe under cuts: it gives up in time, and does not trust a lease that is over. */
import { describe, expect, test } from 'vitest';
import { brokenIn, runLaidOver, violatedIn } from '../../test/support/laid-over.ts';

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

test('readers share the lock, and writers have it alone', async () => {
  const load = workers('store: store, shared: 60%, work: 30ms, timeout: 5s');
  const crash = 'faults=[{ at: 3s, for: 2s, crash: leader }]';
  const expected = ['mutual-exclusion', 'fenced', 'holders at once >= 2'];
  const sets = [...load, 'duration=8s', crash, `expect=[${expected.join(', ')}]`];
  const result = await runLaidOver({ file, sets });
  expect(violatedIn(result)).toEqual([]);
  const kinds = result.history.filter(({ f, outcome }) => f === 'acquire' && outcome === 'ok');
  expect(new Set(kinds.map(({ input }) => input))).toEqual(new Set([null, 'shared']));
  // Whoever reads writes nothing.
  const readers = new Map(kinds.map(({ output, input }) => [output, input]));
  const written = result.history.filter(({ f }) => f === 'write');
  expect(written.length).toBeGreaterThan(10);
  for (const { input } of written) expect(readers.get((input as number[])[0] ?? 0)).toBe(null);
});

test('a holder takes the lock again, and is out when it has released it as often', async () => {
  const load = workers('depth: 3, work: 5ms, timeout: 5s');
  const check = 'mutual-exclusion(reentrant: true)';
  const sets = [...load, 'duration=4s', 'faults=[]', `expect=["${check}"]`];
  const result = await runLaidOver({ file, sets });
  expect(violatedIn(result)).toEqual([]);
  const of = (name: string) =>
    result.history.filter(({ f, outcome }) => f === name && outcome === 'ok');
  const tokens = new Set(of('acquire').map(({ output }) => output));
  expect(tokens.size).toBeGreaterThan(20);
  expect(of('acquire').length).toBeGreaterThan(tokens.size * 3 - 6);
  expect(Math.abs(of('acquire').length - of('release').length)).toBeLessThan(10);
});

describe('without an identifier the node of a lost answer stays, and nobody gets the lock', () => {
  /** Answers are lost for a moment; all leases live on. */
  const lost = (guid: boolean, more = '') => [
    'nodes.locks.tick=0s',
    `clients.reader={ workload: lock-recipe, target: locks, count: 3, pace: closed, think: 10ms, work: 5ms, lease: 10s, timeout: 20s, guid: ${guid}${more} }`,
    'duration=12s',
    'faults=[{ at: 4s, for: 300ms, name: mute, one-way: { nodes: locks, to: reader } }]',
  ];
  const expected = 'expect=[live, longest gap <= 3s]';

  test('seen by `live`, and by the gap', { timeout: 30_000 }, async () => {
    expect(await brokenIn({ file, sets: [...lost(true), expected] })).toEqual([]);
    const found = await runLaidOver({ file, sets: [...lost(false), expected] });
    expect(violatedIn(found)).toEqual(['live', 'longest gap <= 3s']);
    expect(found.facts.liveness[0]?.because).toMatch(/^reader-1, reader-2, reader-3 had no answer/);
  });

  test('a client that gives up early gets `lock-held` in time: `live` alone sees it', {
    timeout: 30_000,
  }, async () => {
    const sets = [...lost(false, ', wait: 500ms'), expected];
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual(['live']);
  });

  test('`lock-held` is an answer while somebody works under the lock', {
    timeout: 30_000,
  }, async () => {
    const sets = [
      ...workers('store: store, work: 40s, timeout: 60s, wait: 300ms'),
      'faults=[]',
      'duration=8s',
      'expect=[live]',
    ];
    const { judged, history } = await runLaidOver({ file, sets });
    expect(judged.map(({ state }) => state)).toEqual(['held']);
    expect(history.filter(({ error }) => error === 'lock-held').length).toBeGreaterThan(10);
  });
});
