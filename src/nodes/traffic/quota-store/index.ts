/** A store of quotas, as a kind of node. */
import quota from '../../../interfaces/quota.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { rateParams, rateSpecOf } from '../../parts/rate-params.ts';
import { QuotaStore, quotaMeasures } from './quota-store.ts';

export default defineSystem({
  name: 'quota-store',
  title: 'Quota store',
  summary: 'Counts for rate limiters that share a limit.',
  sources: ['The documentation of Redis, INCR: the pattern of a rate limiter, and its race'],
  answers: [quota],
  claims: [],
  params: rateParams,
  bugs: {},
  invariants: [],
  measures: quotaMeasures,
  create: (params, place) => serve(new QuotaStore(rateSpecOf(params)), place),
});
