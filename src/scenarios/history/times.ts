/**
 * Moments of events for judges: microseconds from the first event on, in the order in which the
 * file has them.
 *
 * If times never decrease from line to line they order events, and where two are equal calls come
 * before returns. If they ever decrease, clocks of several machines were at work, and the order of
 * the lines is what orders (as in Jepsen, whose histories are in the order in which they were
 * written down).
 */
import { minus, roughly } from '../../sim/exact-number.ts';
import type { HistoryEvent } from './event.ts';

export type TimeOrder =
  /** The file's times order events. */
  | 'times'
  /** Times decrease somewhere: lines order events, and times are moved as little as that takes. */
  | 'lines'
  /** The lines of one client follow those of another: the times order them all. */
  | 'clients'
  /** Times are too small for nanoseconds, as numbers of events are: one counts as 1µs. */
  | 'count'
  /** The file has no times: one event counts as 1µs. */
  | 'none';

export interface Moments {
  readonly order: TimeOrder;
  /** By event, in microseconds; perhaps with fractions. */
  readonly atUs: Float64Array;
}

const NS_PER_US = 1000;
/** A nanosecond: the least step between two lines. */
const STEP_US = 0.001;

/** The moments of events that stand in the order of their lines. */
export function momentsOf(events: readonly HistoryEvent[]): Moments {
  const raw = relative(events);
  if (raw === null) return counted(events.length);
  const perUs = countsEvents(raw) ? 1 : NS_PER_US;
  const atUs = raw.map((time) => time / perUs);
  for (let i = 1; i < atUs.length; i++) {
    if ((atUs[i] as number) < (atUs[i - 1] as number)) return straightened(atUs);
  }
  return { order: perUs === 1 ? 'count' : 'times', atUs };
}

/**
 * The events in the order of their times, if the file has its clients one after another: each
 * process in one piece, its own times in order, and times that go back between the pieces. Else
 * null. (A log that several clients wrote at once changes from one to the other again and again.)
 */
export function mergedByTime(events: readonly HistoryEvent[]): readonly HistoryEvent[] | null {
  const raw = relative(events);
  if (raw === null) return null;
  const seen = new Set<number | string>();
  let goesBack = false;
  let pieces = 0;
  for (let i = 0; i < events.length; i++) {
    const { process } = events[i] as HistoryEvent;
    const before = events[i - 1]?.process;
    if (process === null) return null;
    const decreases = i > 0 && (raw[i] as number) < (raw[i - 1] as number);
    if (process === before && decreases) return null;
    if (process !== before && seen.has(process)) return null;
    // A process of one event is no piece: any file that names each process once is made of those.
    if (process === before && events[i - 2]?.process !== process) pieces++;
    seen.add(process);
    goesBack ||= decreases;
  }
  if (!goesBack || pieces < 2) return null;
  const order = events.map((_, i) => i);
  order.sort((a, b) => (raw[a] as number) - (raw[b] as number) || a - b);
  return order.map((i) => events[i] as HistoryEvent);
}

/** Times since the first; null where one is missing, or there is no event. */
function relative(events: readonly HistoryEvent[]): Float64Array | null {
  const first = events[0]?.time ?? null;
  if (first === null) return null;
  const times = new Float64Array(events.length);
  for (let i = 0; i < events.length; i++) {
    const time = events[i]?.time ?? null;
    if (time === null) return null;
    times[i] =
      typeof time === 'number' && typeof first === 'number'
        ? time - first
        : roughly(minus(time, first));
  }
  return times;
}

/** Less than a microsecond between events: these are no nanoseconds but numbers of events. */
function countsEvents(times: Float64Array): boolean {
  let max = 0;
  for (const time of times) max = Math.max(max, Math.abs(time));
  return max <= NS_PER_US * times.length;
}

function counted(length: number): Moments {
  return { order: 'none', atUs: Float64Array.from({ length }, (_, i) => i) };
}

/** Every event after the one before it, at its own time where that is later. */
function straightened(times: Float64Array): Moments {
  const atUs = new Float64Array(times.length);
  for (let i = 0; i < times.length; i++) {
    const before = i === 0 ? -Infinity : (atUs[i - 1] as number);
    const at = Math.max(times[i] as number, before + STEP_US);
    // Beyond what a double can tell apart.
    if (!(at > before)) return { order: 'lines', atUs: counted(times.length).atUs };
    atUs[i] = at;
  }
  return { order: 'lines', atUs };
}
