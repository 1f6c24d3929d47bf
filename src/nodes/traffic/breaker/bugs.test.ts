/** Each mistake that can be switched on, in the example: the check that is named sees it. */
import { expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { breakerBugs } from '../../parts/breaker-layer.ts';

const settings: { readonly [B in keyof typeof breakerBugs]: readonly string[] } = {
  // Three a second of which nine fail: never ten results in one second.
  'stale-buckets': [
    'nodes.front.window={ time: 1s }',
    'nodes.front.minimum=10',
    'clients.load.rate=3/s',
    'clients.load.arrivals=constant',
    'faults=[{ at: 10s, for: 3s, brown-out: { nodes: web, delay: 1ms, errors: 100% } }]',
    'expect=[opens(front) <= 0]',
  ],
  'open-gate': ['nodes.front.probes=2', 'expect=[felt]'],
  'double-open': ['expect=[availability >= 85% after pause]'],
  // While the server refuses, a probe says nothing that counts.
  'leaky-probe': [
    'nodes.front.ignore=[overloaded]',
    'nodes.front.probes=2',
    'faults=[{ at: 10s, for: 5s, pause: web }, { at: 15s, for: 4s, brown-out: { nodes: web, delay: 1ms, errors: 100% } }]',
    'expect=[availability >= 85% after faults]',
  ],
};

test.each(Object.entries(breakerBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  const sets = settings[bug as keyof typeof breakerBugs];
  expect(sets.length).toBeGreaterThan(0);
  await expectCaught(bug, {
    file: 'src/nodes/traffic/breaker/example.yaml',
    node: 'front',
    sets,
    caughtBy,
  });
});
