/** Each mistake that can be switched on, in the gallery's scenario: the check that is named sees it. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../../../scenarios/host/load.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import { type CacheBug, cacheBugs } from '../../parts/cache.ts';

const cwd = resolve(import.meta.dirname, '../../../..');

/** What each needs to show beside the scenario as it is. */
const settings: { readonly [B in CacheBug]: readonly string[] } = {
  'no-invalidate': [],
  'flight-serves-stale': [],
  'negative-sticks': [],
  // A load that fails before its own time is over.
  'cache-errors': ['nodes.cache.calls={ kv: { timeout: 100ms } }'],
  'evict-newest': [
    'nodes.cache.capacity=10',
    'clients.load.reads=100%',
    'expect=[hit-ratio(cache) >= 30%]',
  ],
};

/** The expectations that did not hold. */
async function violated(sets: readonly string[]): Promise<readonly string[]> {
  const { scenario, diagnostics } = await loadScenario('scenarios/cache.yaml', { cwd, sets });
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error('it does not load');
  const { judged } = simulate(scenario);
  return judged.flatMap(({ state, text }) => (state === 'violated' ? [text] : []));
}

test.each(Object.entries(settings))('%s', { timeout: 30_000 }, async (bug, sets) => {
  expect(await violated(sets)).toEqual([]);
  const seen = await violated([...sets, `nodes.cache.bug=${bug}`]);
  const { caughtBy } = cacheBugs[bug as CacheBug];
  expect(seen.filter((text) => text.startsWith(caughtBy))).not.toEqual([]);
});

test('write-behind loses acknowledged writes in a crash of the cache, and none without', {
  timeout: 30_000,
}, async () => {
  const behind = ['nodes.cache.write=behind', 'expect=[linearizable]'];
  expect(await violated(behind)).toEqual(['linearizable']);
  expect(await violated([...behind, 'faults.1.crash=kv'])).toEqual([]);
});
