/** What may be tried again, what the caller gets, and what a budget allows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { errors } from '../../sim/rpc.ts';
import { mayRetry, type RetrySpec, Tries } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';

const spec = (attempts: number): RetrySpec => ({
  attempts,
  backoff: { kind: 'exponential', jitter: 'none', baseMs: 10, capMs: 1000 },
  isIdempotent: () => false,
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
