/** A load balancer, as a kind of node. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import type { BalancerBug } from './balancers.ts';
import { balancerBugs } from './bugs.ts';
import { LoadBalancer, loadBalancerMeasures } from './load-balancer.ts';
import { loadBalancerParams, longestRequestMs, refuseBalancer } from './params.ts';

const target = { target: 'The node.' };
/** Algorithms that prefer a target with little to do. */
const idlestFirst = [
  'two-choices',
  'least-connections',
  'weighted-least-connections',
  'ewma',
] as const;

export default defineSystem({
  name: 'load-balancer',
  title: 'Load balancer',
  summary: 'Spreads requests over targets, and tries another target when one fails.',
  sources: [
    'Mitzenmacher 2001, The Power of Two Choices in Randomized Load Balancing (IEEE TPDS)',
    'Mirrokni et al. 2018, Consistent Hashing with Bounded Loads (SODA)',
    'Eisenbud et al. 2016, Maglev: A Fast and Reliable Software Network Load Balancer (NSDI), section 3.4',
    'The documentation and code of nginx, HAProxy, Envoy and Finagle: weights, checks, ejection, panic, slow start, zones',
  ],
  answers: { of: 'targets' },
  claims: [],
  params: loadBalancerParams,
  bugs: balancerBugs,
  invariants: [],
  measures: loadBalancerMeasures,
  loops: {
    retries: {
      doc: 'A request that fails for lack of capacity goes to another target, which has less left.',
      measure: 'retries',
      open: { attempts: 1 },
    },
    ejection: {
      doc: 'A target with too much to do is left alone, and the others get its share.',
      open: { 'eject-after': 0, 'sweep-every': 0 },
    },
    checks: {
      doc: 'A target with too much to do fails its checks, and the others get its share.',
      open: { 'check-every': undefined },
    },
    imbalance: {
      doc: 'Connections over the slowest way come back last and are taken first, which keeps it slow.',
      only: { algorithm: ['most-recent'] },
      open: { algorithm: 'least-connections' },
    },
    'sink-hole': {
      doc: 'A target that fails at once looks idle and gets most of the requests.',
      only: { algorithm: idlestFirst },
      open: { algorithm: 'round-robin' },
    },
  },
  notes: {
    ejected: { doc: 'A target failed too much, and is left alone for a while.', detail: target },
    down: { doc: 'Checks find a target down.', detail: target },
    up: { doc: 'Checks find a target well again.', detail: target },
  },
  refuse: (params) => refuseBalancer(params),
  longestMs: (params, insideMs) => longestRequestMs(params, insideMs),
  create: (params, place, bug) =>
    serve(new LoadBalancer(params, place, bug as BalancerBug | null), place),
});
