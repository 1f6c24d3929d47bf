/** Circuit breaker: as a policy on calls, and as a proxy in front of a target. */
import { defineParams } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import type { BreakerBug } from '../../parts/breaker.ts';
import {
  BreakerLayer,
  breakerBugs,
  breakerMeasures,
  breakerNotes,
  probesWithinLimit,
} from '../../parts/breaker-layer.ts';
import { ProxyService } from '../../parts/proxy.ts';
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

export default defineSystem({
  name: 'breaker',
  title: 'Circuit breaker',
  summary: 'Passes requests on, refuses them while its target fails, and probes it now and then.',
  sources,
  answers: { of: 'target' },
  claims: [],
  params: defineParams({
    target: { type: 'nodes', doc: 'Where requests go; the nodes of a group take turns.' },
    ...breakerParams,
  }),
  bugs: breakerBugs,
  invariants: [probesWithinLimit],
  measures: breakerMeasures,
  notes: breakerNotes,
  refuse: (params) => refuseBreaker(params),
  create: (params, place, bug) => {
    const layer = new BreakerLayer(breakerSpecOf(params), bug as BreakerBug | null);
    return serve(new ProxyService(params.target, [layer]), place);
  },
});
