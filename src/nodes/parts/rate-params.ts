/** The knobs of a rate limit, for limiters and for stores that count for them. */
import { defineParams, type Params } from '../../sim/params.ts';
import { RATE_LIMITS, type RateLimitSpec } from './rate-limit.ts';

export const rateParams = defineParams({
  algorithm: {
    type: 'choice',
    options: RATE_LIMITS,
    default: 'token-bucket',
    doc: 'How it counts: they differ in the bursts that they let through.',
  },
  rate: {
    type: 'rate',
    min: 0.001,
    default: 100,
    doc: 'What it admits in the long run.',
  },
  burst: {
    type: 'integer',
    min: 0,
    default: 10,
    doc: 'Buckets and GCRA: what it admits at once after a rest; of the leaky bucket, how much may wait.',
  },
  window: {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'Windows, log and counter: the time for which `rate` holds; rate times window is the limit.',
  },
  align: {
    type: 'choice',
    options: ['epoch', 'first'],
    default: 'epoch',
    doc: 'Whether windows begin at multiples of their length, or with the first call of a key.',
  },
  grain: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'Times are cut to multiples of this, as limiters do that count whole ms; 0: they are not.',
  },
});

export function rateSpecOf(given: Params<typeof rateParams>): RateLimitSpec {
  const { algorithm, rate, burst, window: windowMs, align, grain: grainMs } = given;
  // A bucket that holds nothing admits nothing: the smallest lets one call through at a time.
  const least = algorithm === 'leaky-bucket' ? burst : Math.max(1, burst);
  return { algorithm, perMs: rate / 1000, burst: least, windowMs, align, grainMs };
}
