/**
 * How circuit breakers of well-known libraries are set, as values. Nothing else knows of them: each
 * field may be set by the scenario instead.
 */
import type { BreakerLayerSpec } from '../../parts/breaker-layer.ts';

export const presetNames = [
  'resilience4j',
  'polly',
  'opossum',
  'cockatiel-consecutive',
  'cockatiel-sampling',
  'hystrix',
  'finagle',
] as const;
export type PresetName = (typeof presetNames)[number];

/** A window of failures, one probe whose result decides. */
const common: BreakerLayerSpec = {
  window: { kind: 'time', ms: 10_000, buckets: 10 },
  minimum: 0,
  threshold: 0.5,
  compare: 'at-least',
  evaluate: 'failure',
  consecutive: 0,
  slowAfterMs: Infinity,
  slowThreshold: 1,
  snapshotMs: 0,
  openForMs: 5000,
  openFactor: 1,
  openMaxMs: Infinity,
  openJitter: 0,
  probes: 1,
  probeShare: null,
  probeRule: 'first',
  halfOpenForMs: Infinity,
  halfOpenBy: 'call',
  ignore: [],
  force: 'none',
};

export const presets: { readonly [N in PresetName]: BreakerLayerSpec } = {
  // CircuitBreakerConfig: 50% of 100 calls, or all slower than 60 s; 60 s; 10 calls by the rate.
  resilience4j: {
    ...common,
    window: { kind: 'count', calls: 100 },
    minimum: 100,
    evaluate: 'any',
    slowAfterMs: 60_000,
    openForMs: 60_000,
    probes: 10,
    probeRule: 'rate',
  },
  // CircuitBreakerStrategyOptions: 10% of at least 100 in 30 s; 5 s. The code compares by >=.
  polly: {
    ...common,
    window: { kind: 'time', ms: 30_000, buckets: 10 },
    minimum: 100,
    threshold: 0.1,
  },
  // More than 50% in 10 s, from the first call on; 30 s, by a timer.
  opossum: { ...common, compare: 'more-than', openForMs: 30_000, halfOpenBy: 'timer' },
  // ConsecutiveBreaker(5), halfOpenAfter 10 s, as its documentation sets it.
  'cockatiel-consecutive': { ...common, threshold: Infinity, consecutive: 5, openForMs: 10_000 },
  // SamplingBreaker({ threshold: 0.2, duration: 30 s }): more than that, of at least 5 / threshold
  // calls a second.
  'cockatiel-sampling': {
    ...common,
    window: { kind: 'time', ms: 30_000, buckets: 30 },
    minimum: 750,
    threshold: 0.2,
    compare: 'more-than',
    openForMs: 10_000,
  },
  // 50% of at least 20 in 10 s, looked at every 500 ms; 5 s.
  hystrix: { ...common, minimum: 20, snapshotMs: 500 },
  // FailureAccrual: 5 in a row; 5 s to 300 s with equal jitter.
  finagle: {
    ...common,
    threshold: Infinity,
    consecutive: 5,
    openFactor: 2,
    openMaxMs: 300_000,
    openJitter: 0.5,
  },
};
