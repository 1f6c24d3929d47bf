/** The knobs of a rate limit, of a limiter and of a store. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { LIMITED_BY, type LimiterSpec } from '../../parts/limiter.ts';
import type { RateLimitSpec } from '../../parts/rate-limit.ts';
import { rateParams, rateSpecOf } from '../../parts/rate-params.ts';

export const limiterParams = defineParams({
  ...rateParams,
  by: {
    type: 'choice',
    options: LIMITED_BY,
    default: 'global',
    doc: 'The field of requests whose values have a limit each; `session` or `client`: who is behind them; `global`: one for all.',
  },
  'on-limit': {
    type: 'choice',
    options: ['refuse', 'wait', 'drop'],
    default: 'refuse',
    doc: 'What becomes of a call over the limit: refused, made to wait, or dropped without a word.',
  },
  'wait-max': {
    type: 'duration',
    min: 0,
    default: 5000,
    doc: 'With `wait`, how long a call may be made to wait.',
  },
  store: {
    type: 'nodes',
    optional: true,
    doc: 'The store that counts for several limiters; its own knobs are the limit then. Absent: it counts by itself.',
  },
  'store-timeout': {
    type: 'duration',
    min: 0.001,
    default: 50,
    doc: 'How long the store may take to answer.',
  },
  fail: {
    type: 'choice',
    options: ['open', 'closed'],
    default: 'open',
    doc: 'Whether calls go through while the store does not answer.',
  },
  batch: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'How much it takes from the store at a time; more asks less often, and leaves grants unused.',
  },
});

type Given = Params<typeof limiterParams>;

export function limiterSpecOf(given: Given): LimiterSpec {
  const rate: RateLimitSpec = rateSpecOf(given);
  return {
    ...rate,
    by: given.by,
    onLimit: given['on-limit'],
    waitMaxMs: given['wait-max'],
    store: given.store ?? null,
    storeTimeoutMs: given['store-timeout'],
    fail: given.fail,
    batch: given.batch,
  };
}

/** Why these values make no sense together; null if they do. */
export function refuseLimiter({ batch, store }: Given): string | null {
  return batch > 1 && store === undefined ? '`batch` does nothing without a `store`' : null;
}
