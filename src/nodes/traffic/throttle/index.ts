/** Throttle: as a policy on calls, and as a proxy in front of a target. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import {
  ThrottleLayer,
  type ThrottleSpec,
  throttleBugs,
  throttleMeasures,
} from '../../parts/throttle.ts';

const policyParams = defineParams({
  multiplier: {
    type: 'number',
    min: 1,
    default: 2,
    doc: 'Calls sent for each that the target accepts: K; larger notices sooner that it accepts more, and loads it more with refusals.',
  },
  aggression: {
    type: 'number',
    min: 0.01,
    max: 100,
    default: 1,
    doc: 'The chance of a refusal is taken to the power of 1 / aggression: above 1 it refuses more, below 1 less.',
  },
  window: {
    type: 'duration',
    min: 1,
    default: 120_000,
    doc: 'How long it looks back; it must be longer than any call takes.',
  },
  buckets: { type: 'integer', min: 1, default: 24, doc: 'The parts in which it forgets.' },
});

function specOf({
  multiplier,
  aggression,
  window: windowMs,
  buckets,
}: Params<typeof policyParams>): ThrottleSpec {
  return { multiplier, aggression, windowMs, buckets };
}

const sources = [
  'Beyer et al. 2016, Site Reliability Engineering, chapter 21: client-side throttling',
];

export const policy = definePolicy({
  name: 'throttle',
  summary: 'Refuses calls by itself while the target refuses many.',
  sources,
  params: policyParams,
  shorthand: 'multiplier',
  layer: 55,
  measures: throttleMeasures,
  create: (params) => new ThrottleLayer(specOf(params)),
});

export default proxyOf(policy, {
  title: 'Throttle',
  summary: 'Passes requests on, and refuses some by itself while its target refuses many.',
  bugs: throttleBugs,
  layer: (params, _answers, bug) => new ThrottleLayer(specOf(params), bug),
});
