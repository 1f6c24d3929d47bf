/** STAND-IN by the lead so that the kernel runs; the author of the numeric foundation replaces this file whole. */
import type { DistributionSpec } from '../distribution.ts';
import type { Stream } from './random.ts';

export interface Distribution {
  sample(stream: Stream): number;
  /** Whole us of a value in ms. */
  sampleUs(stream: Stream): number;
}
export function compile(spec: DistributionSpec): Distribution {
  const sample = (s: Stream): number => {
    switch (spec.kind) {
      case 'constant': return spec.value;
      case 'uniform': return s.between(spec.min, spec.max);
      case 'exponential': return spec.min + s.exponential(spec.mean - spec.min);
      case 'normal': return Math.max(0, spec.mean + spec.sd * s.normal());
      case 'lognormal': return spec.median * Math.exp((Math.log(spec.p99 / spec.median) / 2.326348) * s.normal());
      default: return 1;
    }
  };
  return { sample, sampleUs: (s) => Math.round(sample(s) * 1000) };
}
