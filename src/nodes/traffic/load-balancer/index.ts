/** A load balancer, as a kind of node. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { LoadBalancer, loadBalancerMeasures, loadBalancerParams } from './load-balancer.ts';

export default defineSystem({
  name: 'load-balancer',
  title: 'Load balancer',
  summary: 'Spreads requests over targets, and tries another target when one fails.',
  sources: ['Mitzenmacher 2001, The Power of Two Choices in Randomized Load Balancing (IEEE TPDS)'],
  answers: { of: 'targets' },
  claims: [],
  params: loadBalancerParams,
  bugs: {},
  invariants: [],
  measures: loadBalancerMeasures,
  notes: {
    ejected: {
      doc: 'A target failed `eject-after` times in a row, and is left alone for a while.',
      detail: { target: 'The node.' },
    },
  },
  create: (params, place) => serve(new LoadBalancer(params, place), place),
});
