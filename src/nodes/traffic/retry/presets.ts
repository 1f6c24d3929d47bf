/** How retries of well-known libraries are set, as values. Nothing else knows of them. */
import type { BackoffSpec } from '../../parts/backoff.ts';
import type { BudgetSpec } from '../../parts/retry-budget.ts';

export interface RetryPreset {
  readonly attempts: number;
  readonly backoff: BackoffSpec;
  readonly budget: BudgetSpec | null;
}

const wait = (baseMs: number, capMs: number): BackoffSpec => ({
  kind: 'exponential',
  jitter: 'full',
  baseMs,
  capMs,
});

export const presetNames = [
  'plain',
  'grpc',
  'finagle',
  'aws',
  'google',
  'polly',
  'resilience4j',
  'envoy',
] as const;

export const presets: { readonly [N in (typeof presetNames)[number]]: RetryPreset } = {
  plain: { attempts: 3, backoff: wait(10, 2000), budget: null },
  // Proposal A6: at most 5 attempts, and the throttle.
  grpc: {
    attempts: 5,
    backoff: wait(100, 1000),
    budget: { kind: 'throttle', tokens: 10, ratio: 0.1 },
  },
  // 20% of the calls and 10 a second, saved up for 10 s.
  finagle: {
    attempts: 10,
    backoff: { kind: 'fixed', jitter: 'none', baseMs: 0, capMs: 0 },
    budget: { kind: 'share', ratio: 0.2, burst: 100, perMs: 0.01, ttlMs: 10_000 },
  },
  // 3 attempts, 100 ms up to 20 s; 500 tokens, of which a retry costs 5, after a timeout 10.
  aws: {
    attempts: 3,
    backoff: wait(100, 20_000),
    budget: { kind: 'quota', tokens: 500, cost: 5, timeoutCost: 10 },
  },
  // 3 attempts for a request, 10% of a client's calls.
  google: { attempts: 3, backoff: wait(10, 1000), budget: { ratio: 0.1, burst: 10 } },
  polly: {
    attempts: 4,
    backoff: { kind: 'fixed', jitter: 'none', baseMs: 2000, capMs: 2000 },
    budget: null,
  },
  resilience4j: {
    attempts: 3,
    backoff: { kind: 'fixed', jitter: 'none', baseMs: 500, capMs: 500 },
    budget: null,
  },
  envoy: { attempts: 2, backoff: wait(25, 250), budget: null },
};
