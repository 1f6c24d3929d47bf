/** Rate limiter: as a policy on calls, and as a proxy in front of a target. */
import { definePolicy } from '../../../sim/policy.ts';
import { LimiterLayer, limiterBugs, limiterMeasures } from '../../parts/limiter.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import { limiterParams, limiterSpecOf, refuseLimiter } from './params.ts';

const sources = [
  'ITU-T I.371: the generic cell rate algorithm',
  'Turner 1986, New Directions in Communications (IEEE Communications Magazine): the leaky bucket',
];

export const policy = definePolicy({
  name: 'rate-limiter',
  summary: 'Lets calls through up to a rate.',
  sources,
  params: limiterParams,
  shorthand: 'rate',
  layer: 50,
  measures: limiterMeasures,
  refuse: refuseLimiter,
  create: (params) => new LimiterLayer(limiterSpecOf(params)),
});

export default proxyOf(policy, {
  title: 'Rate limiter',
  summary: 'Passes on requests up to a rate, by its own count or by that of a store.',
  bugs: limiterBugs,
  layer: (params, _answers, bug) => new LimiterLayer(limiterSpecOf(params), bug),
});
