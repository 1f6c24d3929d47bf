/** Logical clocks against their papers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HybridClock, type HybridTime } from './hybrid-clock.ts';
import { LamportClock } from './lamport-clock.ts';

test('a Lamport clock counts events, and a receive comes after its send', () => {
  const [a, b] = [new LamportClock(), new LamportClock()];
  const sent = a.tick();
  expect([sent, b.receive(sent), b.tick(), a.receive(7)]).toEqual([1, 2, 3, 8]);
  expect(new LamportClock(false).receive(sent)).toBe(sent);
});

// Wall times: a sends at 10; b receives at 1, has an event at 2, sends at 3; c receives at 0, ...
test('the worked example of a hybrid clock', () => {
  const [a, b, c] = [new HybridClock(), new HybridClock(), new HybridClock()];
  const times: HybridTime[] = [];
  const note = (time: HybridTime) => {
    times.push(time);
    return time;
  };
  const toB = note(a.tick(10));
  note(b.receive(toB, 1));
  note(b.tick(2));
  const toC = note(b.tick(3));
  note(c.receive(toC, 0));
  note(c.tick(2));
  const fromC = note(c.tick(13));
  note(b.receive(fromC, 4));
  const toA = note(b.tick(5));
  note(a.receive(toA, 13));
  note(a.tick(12));
  note(a.tick(14));
  const text = times.map(([l, n]) => `${l},${n}`).join(' ');
  expect(text).toBe('10,0 10,1 10,2 10,3 10,4 10,5 13,0 13,1 13,2 13,3 13,4 14,0');
});

describe('a hybrid clock among nodes whose clocks differ by at most e', () => {
  const e = 50;
  const step = fc.record({
    node: fc.nat(2),
    to: fc.nat(2),
    sends: fc.boolean(),
    passes: fc.integer({ min: 1, max: 9 }),
  });

  test('keeps causes before effects, is never behind its own clock, and never more than e ahead', () => {
    const offsets = fc.array(fc.integer({ min: 0, max: e }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(offsets, fc.array(step, { maxLength: 60 }), (skew, steps) => {
        const clocks = skew.map(() => new HybridClock());
        const isBefore = (a: HybridTime, b: HybridTime) =>
          a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
        let now = 1000;
        for (const { node, to, sends, passes } of steps) {
          now += passes;
          const at = (i: number) => now + (skew[i] as number);
          const last = (clocks[node] as HybridClock).time;
          const time = (clocks[node] as HybridClock).tick(at(node));
          expect(isBefore(last, time)).toBe(true);
          expect(time[0] - at(node)).toBeLessThanOrEqual(e);
          expect(time[0]).toBeGreaterThanOrEqual(at(node));
          if (!sends) continue;
          expect(isBefore(time, (clocks[to] as HybridClock).receive(time, at(to)))).toBe(true);
        }
      }),
    );
  });

  // Kulkarni, Demirbas et al. 2014: c <= N (e + 1), when each event takes a tick at least.
  test('counts no further than N (e + 1)', () => {
    const near = 2;
    const offsets = fc.array(fc.integer({ min: 0, max: near }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(offsets, fc.array(step, { minLength: 30, maxLength: 90 }), (skew, steps) => {
        const clocks = skew.map(() => new HybridClock());
        let now = 1000;
        for (const { node, to, sends } of steps) {
          const at = (i: number) => ++now + (skew[i] as number);
          const time = (clocks[node] as HybridClock).tick(at(node));
          const got = sends ? (clocks[to] as HybridClock).receive(time, at(to)) : time;
          expect(Math.max(time[1], got[1])).toBeLessThanOrEqual(3 * (near + 1));
        }
      }),
    );
  });

  test('goes on above what an earlier life may have used', () => {
    const clock = new HybridClock();
    clock.restore(500);
    expect(clock.tick(100)).toEqual([500, 1]);
  });
});
