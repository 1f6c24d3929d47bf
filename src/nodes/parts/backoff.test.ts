/** Backoff: the formulas, and what they do to clients that contend for one row. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import type { Random } from '../../sim/node.ts';
import { Backoff, type BackoffSpec } from './backoff.ts';

const spec = (change: Partial<BackoffSpec>): BackoffSpec => ({
  kind: 'exponential',
  jitter: 'none',
  baseMs: 10,
  capMs: 100,
  ...change,
});

/** Draws at this fraction of every range. */
function at(fraction: number): Random {
  return { ...fixedRandom(1), between: (min, max) => min + fraction * (max - min) };
}

function waits(backoff: BackoffSpec, fraction: number, count = 6): number[] {
  const machine = new Backoff(backoff);
  return Array.from({ length: count }, () => machine.next(at(fraction)));
}

describe('the waits', () => {
  test('without jitter they double up to the cap', () => {
    expect(waits(spec({}), 0)).toEqual([10, 20, 40, 80, 100, 100]);
  });

  test('fixed ones stay', () => {
    expect(waits(spec({ kind: 'fixed' }), 0, 3)).toEqual([10, 10, 10]);
  });

  test('full jitter draws from 0 to e', () => {
    expect(waits(spec({ jitter: 'full' }), 0)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(waits(spec({ jitter: 'full' }), 0.5)).toEqual([5, 10, 20, 40, 50, 50]);
  });

  test('equal jitter draws from e/2 to e', () => {
    expect(waits(spec({ jitter: 'equal' }), 0)).toEqual([5, 10, 20, 40, 50, 50]);
    expect(waits(spec({ jitter: 'equal' }), 1)).toEqual([10, 20, 40, 80, 100, 100]);
  });

  test('decorrelated jitter draws from base to three times the last wait', () => {
    expect(waits(spec({ jitter: 'decorrelated' }), 0)).toEqual([10, 10, 10, 10, 10, 10]);
    expect(waits(spec({ jitter: 'decorrelated' }), 1)).toEqual([30, 90, 100, 100, 100, 100]);
    expect(waits(spec({ jitter: 'decorrelated' }), 0.5, 3)).toEqual([20, 35, 57.5]);
  });

  test('a thousand waits without a cap near stay finite', () => {
    expect(waits(spec({ capMs: 60_000 }), 0, 1000).at(-1)).toBe(60_000);
  });
});

/**
 * Brooker's model: clients read the version of one row and write it back if it is still the same, over a net with
 * delays |N(10, 2)| ms; whoever loses waits by its backoff and begins again. Until all have written once.
 */
function contend(clients: number, backoff: BackoffSpec | null, random: Random) {
  const queue: { at: number; run: (at: number) => void }[] = [];
  const delay = () => Math.abs(10 + 2 * random.normal());
  const push = (at: number, run: (at: number) => void) => queue.push({ at, run });
  let version = 0;
  let calls = 0;
  let now = 0;
  for (let i = 0; i < clients; i++) {
    const machine = backoff === null ? null : new Backoff(backoff);
    const read = (at: number) => {
      const seen = version;
      push(at + delay(), (back) => push(back + delay(), (there) => write(there, seen)));
    };
    const write = (at: number, seen: number) => {
      calls++;
      const won = seen === version;
      if (won) version++;
      push(at + delay(), (back) => {
        if (!won) push(back + delay() + (machine?.next(random) ?? 0), read);
      });
    };
    push(delay(), read);
  }
  while (queue.length > 0) {
    let first = 0;
    for (let i = 1; i < queue.length; i++) if (queue[i]!.at < queue[first]!.at) first = i;
    const [event] = queue.splice(first, 1);
    now = event!.at;
    event!.run(now);
  }
  return { timeMs: now, calls };
}

describe('clients that contend for one row (Brooker 2015)', () => {
  // Base 5 ms and 2^n from n = 1 there is a first wait of 10 ms here.
  const kinds = {
    none: null,
    exponential: spec({ capMs: 2000 }),
    equal: spec({ capMs: 2000, jitter: 'equal' }),
    full: spec({ capMs: 2000, jitter: 'full' }),
    decorrelated: spec({ capMs: 2000, baseMs: 5, jitter: 'decorrelated' }),
  };
  const trials = 100;
  const meanOf = (clients: number, kind: keyof typeof kinds) => {
    const random = fixedRandom(clients);
    let timeMs = 0;
    let calls = 0;
    for (let trial = 0; trial < trials; trial++) {
      const run = contend(clients, kinds[kind], random);
      timeMs += run.timeMs / trials;
      calls += run.calls / trials;
    }
    return { timeMs, calls };
  };

  /** Mean time and calls of 100 trials of the original; the spread of one trial is up to a quarter of the mean. */
  test.each([
    [10, 'none', 395, 53],
    [10, 'equal', 724, 42],
    [10, 'full', 471, 39],
    [10, 'decorrelated', 441, 38],
    [50, 'none', 1147, 697],
    [50, 'equal', 4228, 347],
    [50, 'full', 2812, 332],
    [50, 'decorrelated', 2235, 375],
  ] as const)('%i clients, %s: %i ms, %i calls', (clients, kind, timeMs, calls) => {
    const mean = meanOf(clients, kind);
    expect(Math.abs(mean.timeMs / timeMs - 1)).toBeLessThan(0.1);
    expect(Math.abs(mean.calls / calls - 1)).toBeLessThan(0.05);
  });

  test('without jitter, backing off takes longest and still calls most', () => {
    const exponential = meanOf(50, 'exponential');
    const full = meanOf(50, 'full');
    expect(exponential.timeMs).toBeGreaterThan(3 * full.timeMs);
    expect(exponential.calls).toBeGreaterThan(1.5 * full.calls);
  });
});
