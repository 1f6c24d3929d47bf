/**
 * Service level objectives: what of the error budget is left, how fast it burns, and when alerts on
 * the burn rate fire. After "The Site Reliability Workbook" (Google, 2018), chapter 5: an alert
 * fires while the burn rate of a long and of a short window are both as high as its threshold.
 *
 * Everything is counted from single events, each good or bad: a request, or a slice of time. No
 * percentile is ever averaged.
 */
import type { History, Operation } from '../../../sim/history.ts';
import type { Facts, Objective, ObjectiveAlert, Window } from '../../checker.ts';
import { isAnswered } from './request.ts';
import { Scope } from './scope.ts';
import { firstAt } from './windows.ts';

/** Judged events in the order of time: requests as they ended, or slices of time as they ended. */
export interface JudgedEvents {
  readonly length: number;
  readonly timesUs: Float64Array;
  /** Of the first i events, how many were bad; one more than there are events. */
  readonly badBefore: Float64Array;
  /** How long was looked at, from 0 on. */
  readonly spanUs: number;
}

/** One stretch in which an alert fired. */
export interface Firing {
  /** Place in `Objective.alerts`. */
  readonly alert: number;
  readonly fromUs: number;
  /** When it fell silent; Infinity: it fired to the end. */
  readonly untilUs: number;
}

/** An objective over a whole run. */
export interface Assessment {
  readonly objective: Objective;
  readonly events: JudgedEvents;
  /** How many bad events the window allows, at the mean rate of the run. */
  readonly allowed: number;
  /** When as many had happened within one window; null: never. */
  readonly exhaustedAtUs: number | null;
  /** By when they began. */
  readonly firings: readonly Firing[];
}

/** By history: expectations, the screen and 48 cells of a picture ask for one assessment. */
const known = new WeakMap<History, Map<Objective, Assessment>>();

export function assess(objective: Objective, history: History, facts: Facts): Assessment {
  const ofHistory = known.get(history) ?? new Map<Objective, Assessment>();
  known.set(history, ofHistory);
  const found =
    ofHistory.get(objective) ?? assessEvents(objective, eventsOf(objective, history, facts));
  ofHistory.set(objective, found);
  return found;
}

/** The same from events that are counted already. */
export function assessEvents(objective: Objective, events: JudgedEvents): Assessment {
  const allowed = allowedOf(objective, events);
  return {
    objective,
    events,
    allowed,
    exhaustedAtUs: exhaustion(objective, events, allowed),
    firings: objective.alerts
      .flatMap((alert, i) => firingsOf(alert, i, objective, events))
      .sort((a, b) => a.fromUs - b.fromUs || a.alert - b.alert),
  };
}

function allowedOf({ target, windowUs }: Objective, { length, spanUs }: JudgedEvents): number {
  return (1 - target) * length * (windowUs / spanUs);
}

// --- Events --------------------------------------------------------------------------------------

/**
 * What clients asked and knew the end of before chaos was over. A request to a node that is down
 * counts: to its user it is one without an answer.
 */
function eventsOf(objective: Objective, history: History, facts: Facts): JudgedEvents {
  const whole: Window = { fromUs: 0, untilUs: facts.durationUs };
  const scope = new Scope(objective.of, [whole], facts);
  const ended = history.filter((operation) => {
    const { recorded, endedAtUs } = operation;
    return recorded !== true && endedAtUs < facts.durationUs && scope.includes(operation, 0);
  });
  // Those that ended at one moment keep the order of their invocation.
  ended.sort((a, b) => a.endedAtUs - b.endedAtUs || a.index - b.index);
  const times = Float64Array.from(ended, ({ endedAtUs }) => endedAtUs);
  const bad = ended.map((operation) => !isGood(operation, objective));
  const requests = judgedEvents(times, bad, facts.durationUs);
  return objective.by === 'requests' ? requests : slicesOf(objective, requests);
}

function isGood(operation: Operation, { sli, withinUs }: Objective): boolean {
  const answered = sli === 'ok' ? operation.outcome === 'ok' : isAnswered(operation);
  // Without an answer it is later than any: `answered` says so already.
  return answered && (withinUs === null || operation.endedAtUs - operation.invokedAtUs <= withinUs);
}

/** `times` in order, and whether each event was bad. */
export function judgedEvents(
  timesUs: Float64Array,
  bad: readonly boolean[],
  spanUs: number,
): JudgedEvents {
  const badBefore = new Float64Array(timesUs.length + 1);
  bad.forEach((isBad, i) => {
    badBefore[i + 1] = badBefore[i]! + (isBad ? 1 : 0);
  });
  return { length: timesUs.length, timesUs, badBefore, spanUs };
}

/**
 * Slices of time in which anything ended, whole ones only. Each is an event of its last
 * microsecond, so that it counts in the window that it ends.
 */
function slicesOf({ sliceUs, sliceTarget }: Objective, requests: JudgedEvents): JudgedEvents {
  const { badBefore, spanUs } = requests;
  const times: number[] = [];
  const bad: boolean[] = [];
  for (let untilUs = sliceUs, from = 0; untilUs <= spanUs; untilUs += sliceUs) {
    const to = firstAt(requests, untilUs);
    if (to > from) {
      times.push(untilUs - 1);
      const good = 1 - (badBefore[to]! - badBefore[from]!) / (to - from);
      // A hair less: 19 of 20 are 95%, whatever the last digit of the quotient.
      bad.push(good < sliceTarget - 1e-12);
    }
    from = to;
  }
  return judgedEvents(Float64Array.from(times), bad, spanUs);
}

/** Bad and all events of the windows. */
export function countIn(
  { timesUs, length, badBefore }: JudgedEvents,
  windows: readonly Window[],
): { readonly bad: number; readonly all: number } {
  let bad = 0;
  let all = 0;
  for (const { fromUs, untilUs } of windows) {
    const from = firstAt({ timesUs, length }, fromUs);
    const to = firstAt({ timesUs, length }, untilUs);
    bad += badBefore[to]! - badBefore[from]!;
    all += to - from;
  }
  return { bad, all };
}

/** How many bad events there were in the objective's window that ends at this moment. */
export function spentAt({ objective, events }: Assessment, atUs: number): number {
  const fromUs = Math.max(0, atUs - objective.windowUs);
  return countIn(events, [{ fromUs, untilUs: atUs }]).bad;
}

// --- Budget and alerts ---------------------------------------------------------------------------

function exhaustion(
  { windowUs }: Objective,
  { length, timesUs, badBefore }: JudgedEvents,
  allowed: number,
): number | null {
  let from = 0;
  for (let i = 0; i < length; i++) {
    while (timesUs[from]! <= timesUs[i]! - windowUs) from++;
    const bad = badBefore[i + 1]! - badBefore[from]!;
    if (bad > 0 && bad >= allowed * (1 - 1e-12)) return timesUs[i]!;
  }
  return null;
}

/**
 * Looked at as each event happens. What lies before the run counts as time without a failure, at
 * the mean rate of the run, or the first failure of all would be a burn without bounds.
 */
function firingsOf(
  { burn, longUs, shortUs }: ObjectiveAlert,
  alert: number,
  { target }: Objective,
  events: JudgedEvents,
): readonly Firing[] {
  const { length, timesUs } = events;
  const limit = burn * (1 - target);
  const long = new Trailing(events, longUs);
  const short = new Trailing(events, shortUs);
  const firings: Firing[] = [];
  let sinceUs: number | null = null;
  for (let i = 0; i < length; i++) {
    const isFiring = long.shareAt(i) >= limit && short.shareAt(i) >= limit;
    if (isFiring) sinceUs ??= timesUs[i]!;
    else if (sinceUs !== null) {
      firings.push({ alert, fromUs: sinceUs, untilUs: timesUs[i]! });
      sinceUs = null;
    }
  }
  if (sinceUs !== null) firings.push({ alert, fromUs: sinceUs, untilUs: Infinity });
  return firings;
}

/** The share of bad events in a window that ends with an event, for events that never go back. */
class Trailing {
  readonly #events: JudgedEvents;
  readonly #windowUs: number;
  #from = 0;

  constructor(events: JudgedEvents, windowUs: number) {
    this.#events = events;
    this.#windowUs = windowUs;
  }

  shareAt(i: number): number {
    const { timesUs, badBefore, length, spanUs } = this.#events;
    const atUs = timesUs[i]!;
    const fromUs = atUs - this.#windowUs;
    while (timesUs[this.#from]! <= fromUs) this.#from++;
    const missing = (Math.max(0, -fromUs) * length) / spanUs;
    const all = i + 1 - this.#from + missing;
    return (badBefore[i + 1]! - badBefore[this.#from]!) / all;
  }
}
