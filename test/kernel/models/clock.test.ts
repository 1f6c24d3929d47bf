// Clocks, elapsed time and timers under any faults of the clock, against sums over those faults, at
// random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldLevers } from '../../../src/sim/kernel/levers.ts';
import { newTally } from '../../../src/sim/kernel/network.ts';
import type { Context } from '../../../src/sim/node.ts';
import { times } from '../../support/long.ts';
import { type Body, worldOf } from '../../support/stage.ts';
import { type ClockFault, countedUs, dueUs, type OwnClock, shownUs } from './clock-model.ts';

const SPAN_US = 3_000_000;
/** What a clock shows is in whole µs; a timer is rounded where it is set and where the pace changes. */
const CLOCK_US = 1.01;
const TIMER_US = 4.5;

interface Timing {
  readonly atUs: number;
  readonly afterUs: number;
  /** Set again, or cancelled, so long after. */
  readonly againUs: number | null;
  readonly againAfterUs: number | null;
}

/** A stretch of time in which the node is down or frozen. */
interface Absence {
  readonly fromUs: number;
  readonly forUs: number;
  readonly how: 'crash' | 'pause';
}

interface ClockCase {
  readonly own: OwnClock;
  readonly faults: readonly ClockFault[];
  readonly absence: Absence;
  readonly looksUs: readonly number[];
  readonly timings: readonly Timing[];
}

function real({ own, faults, absence, looksUs, timings }: ClockCase) {
  const looks: { atUs: number; nowUs: number; elapsedUs: number }[] = [];
  const rings: (number | undefined)[] = timings.map(() => undefined);
  let ctx: Context | null = null;
  const a: Body = {
    start(own) {
      ctx = own;
    },
    timeout: (_ctx, _tag, key) => {
      rings[key] = world.now;
    },
  };
  const world = worldOf({ a: () => a }, { clock: { offsetUs: own.offsetUs, driftPpm: own.ppm } });
  const acts = (atUs: number, act: (ctx: Context) => void) => {
    world.at(atUs, () => {
      if (!isAbsent(absence, atUs)) act(ctx as unknown as Context);
    });
  };
  for (const { fromUs, forUs, offsetUs, ppm, stays } of faults) {
    const levers = new HeldLevers(world, 'x', ['a'], newTally());
    world.at(fromUs, () => {
      const change = { offsetMs: offsetUs / 1000, driftPpm: ppm, stays };
      const release = levers.shapeClock('a', change);
      if (forUs === 0) release();
    });
    if (forUs > 0) world.at(fromUs + forUs, () => levers.release());
  }
  const levers = new HeldLevers(world, 'absence', ['a'], newTally());
  world.at(absence.fromUs, () => void levers[absence.how]('a'));
  world.at(absence.fromUs + absence.forUs, () => levers.release());
  for (const atUs of looksUs) {
    acts(atUs, (own) => {
      looks.push({ atUs, nowUs: own.now() * 1000, elapsedUs: own.elapsed() * 1000 });
    });
  }
  for (const [key, { atUs, afterUs, againUs, againAfterUs }] of timings.entries()) {
    acts(atUs, (own) => own.setTimer('t', afterUs / 1000, key));
    if (againUs === null) continue;
    acts(atUs + againUs, (own) => {
      if (againAfterUs === null) own.cancelTimer('t', key);
      else own.setTimer('t', againAfterUs / 1000, key);
    });
  }
  world.run(SPAN_US);
  expect(world.error).toBeNull();
  return { looks, rings };
}

const isAbsent = ({ fromUs, forUs }: Absence, atUs: number) =>
  atUs >= fromUs && atUs < fromUs + forUs;

/** When this life of the node began. */
const bornUs = ({ fromUs, forUs, how }: Absence, atUs: number) =>
  how === 'crash' && atUs >= fromUs + forUs ? fromUs + forUs : 0;

/** When a timer rings, as far as it is clear; undefined: not. null: another microsecond decides. */
function rings({ own, faults, absence }: ClockCase, timing: Timing): number | undefined | null {
  const { atUs, afterUs, againUs, againAfterUs } = timing;
  const backUs = absence.fromUs + absence.forUs;
  const close = (one: number, other: number) => Math.abs(one - other) < 2 * TIMER_US;
  const ringUs = (setUs: number, spanUs: number): number | undefined | null => {
    if (isAbsent(absence, setUs)) return undefined;
    const due = dueUs(own, faults, setUs, spanUs);
    if (close(due, absence.fromUs) || close(due, backUs)) return null;
    if (absence.how === 'crash')
      return setUs < absence.fromUs && due > absence.fromUs ? undefined : due;
    return isAbsent(absence, due) ? backUs : due;
  };
  const first = ringUs(atUs, afterUs);
  if (againUs === null || isAbsent(absence, atUs + againUs)) return first;
  if (first === null || (first !== undefined && close(first, atUs + againUs))) return null;
  const early = first !== undefined && first < atUs + againUs;
  if (againAfterUs === null) return early ? first : undefined;
  // It rings twice: the second counts.
  const second = ringUs(atUs + againUs, againAfterUs);
  return second === undefined && early ? first : second;
}

/** Faults strike at tens of µs, looks and timers are between them: nothing meets. */
const moment = fc.integer({ min: 1, max: SPAN_US / 20 }).map((tens) => tens * 10);
const clockFault: fc.Arbitrary<ClockFault> = fc
  .record({
    fromUs: moment,
    forUs: fc.oneof(fc.constant(0), moment),
    offsetUs: fc.oneof(fc.constant(0), fc.integer({ min: -900_000, max: 900_000 })),
    ppm: fc.oneof(fc.constant(0), fc.integer({ min: -150_000, max: 150_000 })),
    stays: fc.boolean(),
  })
  .map((fault) => (fault.forUs === 0 ? { ...fault, stays: true } : fault));
const between = moment.map((tens) => tens + 5);
const timing: fc.Arbitrary<Timing> = fc.record({
  atUs: between,
  afterUs: fc.integer({ min: 0, max: 500_000 }),
  againUs: fc.option(fc.integer({ min: 1, max: 40_000 }).map((tens) => tens * 10)),
  againAfterUs: fc.option(fc.integer({ min: 0, max: 500_000 })),
});
const clockCase: fc.Arbitrary<ClockCase> = fc.record({
  own: fc.record({
    offsetUs: fc.integer({ min: -99_000, max: 99_000 }),
    ppm: fc.oneof(fc.constant(0), fc.integer({ min: -999, max: 999 })),
  }),
  faults: fc.array(clockFault, { maxLength: 5 }),
  absence: fc.record({
    fromUs: moment.map((tens) => tens + 3),
    forUs: moment,
    how: fc.constantFrom('crash' as const, 'pause' as const),
  }),
  looksUs: fc.array(between, { minLength: 1, maxLength: 12 }),
  timings: fc.array(timing, { maxLength: 8 }),
});

test('a clock shows, and its timers ring, what the sum of its faults makes of it', () => {
  let rung = 0;
  fc.assert(
    fc.property(clockCase, (given) => {
      const { looks, rings: rang } = real(given);
      const { own, faults, absence } = given;
      for (const { atUs, nowUs, elapsedUs } of looks) {
        expect(Math.abs(nowUs - shownUs(own, faults, atUs))).toBeLessThan(CLOCK_US);
        const lived = countedUs(own, faults, atUs) - countedUs(own, faults, bornUs(absence, atUs));
        expect(Math.abs(elapsedUs - lived)).toBeLessThan(CLOCK_US);
      }
      for (const [i, timing] of given.timings.entries()) {
        const due = rings(given, timing);
        if (due === null) continue;
        if (due === undefined || due > SPAN_US) expect([i, rang[i]]).toEqual([i, undefined]);
        else {
          rung++;
          expect(Math.abs((rang[i] ?? Number.NaN) - due)).toBeLessThan(TIMER_US);
        }
      }
    }),
    { seed: 31, numRuns: times(800, 40_000) },
  );
  expect(rung).toBeGreaterThan(times(800, 40_000));
});
