/** A load balancer, as a kind of node. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { LoadBalancer, loadBalancerParams } from './load-balancer.ts';

export default defineSystem({
  name: 'load-balancer',
  title: 'Load balancer',
  summary: 'Spreads requests over targets, and tries another target when one fails.',
  sources: ['Mitzenmacher 2001, The Power of Two Choices in Randomized Load Balancing (IEEE TPDS)'],
  serves: ['request', 'register'],
  claims: [],
  params: loadBalancerParams,
  bugs: {},
  invariants: [],
  create: (params, place) => serve(new LoadBalancer(params, place.index), place),
});
