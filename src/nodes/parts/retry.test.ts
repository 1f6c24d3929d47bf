/** What may be tried again, what the caller gets, and what a budget allows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { errors } from '../../sim/rpc.ts';
import { Backoff } from './backoff.ts';
import { mayRetry, type RetrySpec, Tries } from './retry.ts';
import { budgetOf, RetryBudget } from './retry-budget.ts';

const spec = (attempts: number): RetrySpec => ({
  attempts,
  backoff: { kind: 'exponential', jitter: 'none', baseMs: 10, capMs: 1000 },
  isIdempotent: () => false,
  retryOn: null,
  budget: null,
});

const failure = (code: string) => ({ ok: false, code, from: 'db-1' }) as const;
const random = fixedRandom(1);

test('may be tried again: what did not happen and may yet succeed, and whatever is idempotent', () => {
  const verdicts = [...errors.keys(), 'custom'].map(
    (code) => `${code}: ${mayRetry(code, false)} ${mayRetry(code, true)}`,
  );
  expect(verdicts).toMatchInlineSnapshot(`
    [
      "timeout: false true",
      "node-not-found: false false",
      "not-supported: false false",
      "temporarily-unavailable: true true",
      "malformed-request: false false",
      "crash: false true",
      "abort: true true",
      "key-does-not-exist: false false",
      "key-already-exists: false false",
      "lock-held: false false",
      "precondition-failed: false false",
      "txn-conflict: true true",
      "overloaded: true true",
      "rate-limited: true true",
      "circuit-open: true true",
      "custom: false true",
    ]
  `);
});

describe('the tries of a call', () => {
  test('are as many as allowed, with growing waits', () => {
    const tries = new Tries(spec(4), false);
    const waits = [1, 2, 3, 4].map(() => tries.failed(failure('overloaded'), random));
    expect(waits).toEqual([10, 20, 40, null]);
  });

  test('end with an error that a repetition cannot cure', () => {
    expect(new Tries(spec(4), true).failed(failure('not-supported'), random)).toBe(null);
    expect(new Tries(spec(4), false).failed(failure('timeout'), random)).toBe(null);
  });

  /** The verdict after these failures. */
  const verdict = (idempotent: boolean, ...codes: string[]) => {
    const tries = new Tries(spec(9), idempotent);
    for (const code of codes) tries.failed(failure(code), random);
    return tries.verdict(failure(codes.at(-1) ?? '')).code;
  };

  test('report the last error, unless an earlier one left it in doubt', () => {
    expect(verdict(false, 'overloaded', 'abort')).toBe('abort');
    expect(verdict(true, 'timeout', 'overloaded')).toBe('timeout');
    expect(verdict(true, 'crash', 'timeout', 'overloaded')).toBe('timeout');
  });

  test('take an answer to a repetition for that to the first try only if idempotent', () => {
    expect(verdict(true, 'timeout', 'key-does-not-exist')).toBe('key-does-not-exist');
    expect(verdict(false, 'timeout', 'precondition-failed')).toBe('timeout');
  });

  test('never report as certain what may have happened', () => {
    const codes = fc.array(fc.constantFrom(...errors.keys()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(codes, (list) => {
        const said = errors.get(verdict(false, ...list));
        const certain = list.every((code) => errors.get(code)?.definite === true);
        expect(said?.definite).toBe(certain);
      }),
      { seed: 1 },
    );
  });
});

describe('a budget', () => {
  test('allows so many retries at first, then its share of the calls', () => {
    const budget = new RetryBudget(0.1, 5);
    let retries = 0;
    for (let call = 0; call < 1000; call++) {
      budget.deposit();
      if (budget.take()) retries++;
    }
    // What comes in while the bucket is full runs over: the first deposit.
    expect(retries).toBe(104);
  });

  test('of a tenth allows one retry for exactly ten calls', () => {
    const budget = new RetryBudget(0.1, 1);
    expect(budget.take()).toBe(true);
    const allowed = Array.from({ length: 20 }, () => {
      budget.deposit();
      return budget.take();
    });
    expect(allowed.flatMap((yes, call) => (yes ? [call + 1] : []))).toEqual([10, 20]);
  });

  test('fills up no further than its burst', () => {
    const budget = new RetryBudget(1, 3);
    for (let call = 0; call < 100; call++) budget.deposit();
    expect([1, 2, 3, 4].map(() => budget.take())).toEqual([true, true, true, false]);
  });

  test('never allows more than burst and share together, in any stretch', () => {
    const steps = fc.array(fc.boolean(), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 }), (list, burst) => {
        const budget = new RetryBudget(0.25, burst);
        let [calls, retries] = [0, 0];
        for (const isCall of list) {
          if (isCall) {
            calls++;
            budget.deposit();
          } else if (budget.take()) retries++;
          expect(retries).toBeLessThanOrEqual(burst + 0.25 * calls + 1e-6);
        }
      }),
      { seed: 1 },
    );
  });
});

describe('budgets of libraries', () => {
  test('the throttle of gRPC: the first four failures of an outage are retried, then none', () => {
    const budget = budgetOf({ kind: 'throttle', tokens: 10, ratio: 0.1 });
    const retried = Array.from({ length: 20 }, () => {
      budget.failed?.();
      return budget.take();
    });
    expect(retried.filter((one) => one)).toHaveLength(4);
    expect(retried.lastIndexOf(true)).toBe(3);
    let successes = 0;
    while (!budget.take()) {
      budget.succeeded?.(0);
      successes++;
    }
    expect(successes).toBe(51);
  });

  test('it is in balance at a share of failures of ratio / (1 + ratio)', () => {
    const drift = (failures: number) => {
      const budget = budgetOf({ kind: 'throttle', tokens: 1000, ratio: 0.1 });
      for (let i = 0; i < 100; i++) budget.failed?.();
      const before = budget.tokens;
      for (let i = 0; i < 1100; i++) {
        if (i % 1100 < failures) budget.failed?.();
        else budget.succeeded?.(0);
      }
      return budget.tokens - before;
    };
    expect(drift(100)).toBeCloseTo(0, 6);
    expect(drift(110)).toBeLessThan(-5);
    expect(drift(90)).toBeGreaterThan(5);
  });

  test('the quota of AWS: an outage gets 100 retries, or 50 after timeouts', () => {
    for (const [timeout, retries] of [
      [false, 100],
      [true, 50],
    ] as const) {
      const budget = budgetOf({ kind: 'quota', tokens: 500, cost: 5, timeoutCost: 10 });
      let count = 0;
      while (budget.take(timeout)) count++;
      expect(count).toBe(retries);
      // A call that succeeds at once gives one token, a retry that succeeds what it cost.
      for (let i = 0; i < 4; i++) budget.succeeded?.(0);
      expect(budget.take()).toBe(false);
      budget.succeeded?.(1);
      expect(budget.take()).toBe(true);
    }
  });

  test('a share gains with time, up to its burst', () => {
    const budget = budgetOf({ ratio: 0.2, burst: 3, perMs: 0.01 });
    for (let i = 0; i < 3; i++) expect(budget.take(false, 0)).toBe(true);
    expect(budget.take(false, 99)).toBe(false);
    expect(budget.take(false, 100)).toBe(true);
    for (let i = 0; i < 3; i++) expect(budget.take(false, 9000)).toBe(true);
    expect(budget.take(false, 9000)).toBe(false);
  });

  /** 1000 callers that failed at once, full jitter over 1 s: 18.9 in the busiest 10 ms on average. */
  test('jitter spreads those that failed together', () => {
    const draws = fixedRandom(12);
    let sum = 0;
    for (let run = 0; run < 200; run++) {
      const buckets = new Array<number>(100).fill(0);
      for (let i = 0; i < 1000; i++) {
        const backoff = new Backoff({ kind: 'fixed', jitter: 'full', baseMs: 1000, capMs: 1000 });
        const at = Math.min(99, Math.floor(backoff.next(draws) / 10));
        buckets[at] = (buckets[at] as number) + 1;
      }
      sum += Math.max(...buckets);
    }
    // The spread of one run is about 1.5.
    expect(Math.abs(sum / 200 - 18.9)).toBeLessThan(0.4);
  });
});

test('tries again only after the errors that are listed, and of these only where it may', () => {
  const waits = (codes: readonly string[]) => {
    const tries = new Tries({ ...spec(9), retryOn: ['overloaded', 'timeout'] }, false);
    return codes.map(
      (code) => tries.failed({ ok: false, code, from: 'db' }, fixedRandom(1)) !== null,
    );
  };
  expect(waits(['overloaded', 'temporarily-unavailable', 'timeout'])).toEqual([true, false, false]);
});

describe('a budget whose tokens live ten seconds', () => {
  test('forgets what was saved up, the oldest first', () => {
    const budget = new RetryBudget(1, 10, 0, 10_000);
    for (let i = 0; i < 10; i++) expect(budget.take(false, 0)).toBe(true);
    for (const ms of [0, 4000, 8000]) budget.deposit(ms);
    expect([budget.take(false, 8000), budget.tokens]).toEqual([true, 2]);
    // The oldest is taken first: that of 4 s is left, and then that of 8 s.
    expect(budget.take(false, 13_999)).toBe(true);
    expect(budget.take(false, 14_000)).toBe(true);
    expect(budget.take(false, 14_000)).toBe(false);
    budget.deposit(14_000);
    budget.deposit(15_500);
    // That of 14 s is gone since 24 s.
    expect(budget.take(false, 24_500)).toBe(true);
    expect(budget.take(false, 24_500)).toBe(false);
  });

  test('those of the beginning are gone as well', () => {
    const budget = new RetryBudget(0.2, 100, 0, 10_000);
    budget.deposit(10_000);
    expect(budget.tokens).toBeCloseTo(0.2, 12);
  });
});
