/** Circuit breaker: as a policy on calls, and as a proxy in front of a target. */
import { definePolicy } from '../../../sim/policy.ts';
import {
  BreakerLayer,
  breakerBugs,
  breakerMeasures,
  breakerNotes,
  probesWithinLimit,
} from '../../parts/breaker-layer.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import { breakerParams, breakerSpecOf, refuseBreaker } from './params.ts';

const sources = [
  'Nygard 2007, Release It!: the circuit breaker',
  'The code and documentation of resilience4j, Polly, opossum, cockatiel, Hystrix and Finagle: the presets',
];

export const policy = definePolicy({
  name: 'breaker',
  summary: 'Refuses calls to a target that fails, and probes whether it is well again.',
  sources,
  params: breakerParams,
  shorthand: 'preset',
  layer: 60,
  measures: breakerMeasures,
  notes: breakerNotes,
  refuse: refuseBreaker,
  create: (params) => new BreakerLayer(breakerSpecOf(params)),
});

export default proxyOf(policy, {
  title: 'Circuit breaker',
  summary: 'Passes requests on, refuses them while its target fails, and probes it now and then.',
  bugs: breakerBugs,
  invariants: [probesWithinLimit],
  layer: (params, _answers, bug) => new BreakerLayer(breakerSpecOf(params), bug),
});
