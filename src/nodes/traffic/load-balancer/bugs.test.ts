/** Each mistake that can be switched on, in the example: the check that is named sees it. */
import { expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { balancerBugs } from './bugs.ts';

const sick = (nodes: string, more: string) =>
  `faults=[{ at: 4s, for: 5s, brown-out: { nodes: ${nodes}, ${more} } }]`;

const settings: { readonly [B in keyof typeof balancerBugs]: readonly string[] } = {
  'tie-by-index': [
    'nodes.lb.algorithm=least-connections',
    'clients.load.rate=100/s',
    'faults=[]',
    'expect=["picks(lb, web-3) >= 280"]',
  ],
  'errors-are-fast': [
    'nodes.lb.algorithm=ewma',
    'nodes.lb.attempts=1',
    'nodes.lb.eject-after=0',
    sick('web-2', 'delay: 0.1ms, errors: 100%'),
    'expect=[availability >= 90% during brown-out]',
  ],
  // A hedge in front cancels what is slow; all of that leaks at the one that was slow.
  'busy-leak': [
    'nodes.lb.algorithm=least-connections',
    'nodes.lb.eject-after=0',
    'nodes.lb.timeout=400ms',
    'nodes.front={ kind: hedge, target: lb, after: 90ms }',
    'clients.load.target=front',
    sick('web-2', 'delay: 200ms, errors: 0%'),
    'expect=["picks(lb, web-2) >= 150 after brown-out"]',
  ],
  'eject-all': [
    'nodes.lb.eject-for=60s',
    'nodes.lb.max-ejected=40%',
    'faults=[{ at: 4s, for: 5s, crash: [web-1, web-2] }]',
    'expect=[ejections(lb) <= 1]',
  ],
  // Whenever one of the heavy ones is ejected or back, the light one waits anew.
  'edf-rebuild': [
    'nodes.lb.algorithm=earliest-deadline',
    'nodes.lb.weights={ web-1: 10, web-2: 10, web-3: 1 }',
    'nodes.lb.eject-after=1',
    'nodes.lb.eject-for=5ms',
    sick('web-2', 'delay: 0.1ms, errors: 50%'),
    'expect=["picks(lb, web-3) >= 40 during brown-out"]',
  ],
  // With the first out, each of the others has the keys of its neighbour.
  'table-by-index': [
    'nodes.web={ kind: cache, count: 3, target: kv, negative-ttl: 60s }',
    'nodes.kv={ kind: raft, count: 1 }',
    'nodes.lb.algorithm=maglev',
    'nodes.lb.hash-by=key',
    'nodes.lb.bound=1000',
    'nodes.lb.eject-for=3s',
    'clients.load={ workload: register, target: lb, rate: 500/s, keys: { count: 500 }, reads: 100%, timeout: 500ms }',
    'faults=[{ at: 0s, for: 12s, latency: { extra: 20ms, nodes: kv } }, { at: 7s, for: 3s, crash: web-1 }]',
    'expect=[mean(read) <= 14ms during crash]',
  ],
  'reports-only': [
    'nodes.lb.algorithm=least-load',
    'nodes.lb.own-queue=true',
    'nodes.lb.check-every=500ms',
    'nodes.lb.eject-after=0',
    'clients.load.rate=1000/s',
    'duration=2s',
    'faults=[]',
    'expect=[p99(request) <= 60ms]',
  ],
  // The last one of its zone can take five sixths of what comes there.
  'no-spill': [
    'nodes.web.count=4',
    'nodes.web.region=[a, b]',
    'nodes.web.queue=50',
    'nodes.lb.region=a',
    'nodes.lb.zones=priority',
    'nodes.lb.attempts=1',
    'nodes.lb.timeout=300ms',
    'nodes.lb.eject-after=0',
    'nodes.lb.check-every=200ms',
    'nodes.lb.own-queue=true',
    'clients.load.region=a',
    'clients.load.rate=600/s',
    'network.regions={ a: { b: 5ms } }',
    'faults=[{ at: 4s, for: 5s, crash: web-1 }]',
    'expect=[availability >= 94%]',
  ],
  'no-drain': [
    'nodes.lb.drain=1s',
    'faults=[{ at: 4s, for: 3s, leave: web-2 }]',
    'expect=[errors(temporarily-unavailable) <= 0]',
  ],
};

test.each(Object.entries(balancerBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  const sets = settings[bug as keyof typeof balancerBugs];
  await expectCaught(bug, {
    file: 'src/nodes/traffic/load-balancer/example.yaml',
    node: 'lb',
    sets: ['duration=12s', ...sets],
    caughtBy,
  });
  expect(sets.length).toBeGreaterThan(1);
});
