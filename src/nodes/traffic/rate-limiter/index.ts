/** Rate limiter: as a policy on calls, and as a proxy in front of a target. */
import { defineParams } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import {
  type LimiterBug,
  LimiterLayer,
  limiterBugs,
  limiterMeasures,
} from '../../parts/limiter.ts';
import { ProxyService } from '../../parts/proxy.ts';
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

export default defineSystem({
  name: 'rate-limiter',
  title: 'Rate limiter',
  summary: 'Passes on requests up to a rate, by its own count or by that of a store.',
  sources,
  answers: { of: 'target' },
  claims: [],
  params: defineParams({
    target: { type: 'nodes', doc: 'Where requests go; the nodes of a group take turns.' },
    ...limiterParams,
  }),
  bugs: limiterBugs,
  invariants: [],
  measures: limiterMeasures,
  refuse: (params) => refuseLimiter(params),
  create: (params, place, bug) => {
    const layer = new LimiterLayer(limiterSpecOf(params), bug as LimiterBug | null);
    return serve(new ProxyService(params.target, [layer]), place);
  },
});
