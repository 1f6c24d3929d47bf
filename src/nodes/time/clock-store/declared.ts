/** What a clock store declares: knobs, mistakes, notes, measures, its invariant. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail } from '../../../sim/node.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Invariant, KnownBug } from '../../../sim/system.ts';
import { syncParams } from '../../parts/time-sync.ts';
import { type CausalContext, contextDescends } from '../../parts/version-vector.ts';

export const clockParams = defineParams({
  'order-by': {
    type: 'choice',
    options: ['wall', 'lamport', 'hybrid', 'bounded', 'vector'],
    default: 'wall',
    doc: 'The clock whose order decides which write of a key stays: the time of day, a counter, both, the time of day with a known error, or one counter for each member, by which concurrent writes are known as such.',
  },
  replicate: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a write waits before it is sent to the others. Longer leaves them old for longer.',
  },
  'anti-entropy': {
    type: 'duration',
    min: 0,
    default: 1000,
    doc: 'How often a member compares what it has with another one, for copies that were lost; 0: never.',
  },
  'max-offset': {
    type: 'duration',
    min: 1,
    default: 500,
    doc: 'With `order-by: hybrid`, stamps further ahead of its own clock are refused, or one wrong clock carries all along.',
  },
  'stop-at': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0.8,
    doc: 'With `order-by: hybrid`: a member whose clock is off by this share of `max-offset`, from at least half of the clocks that it knows, takes no requests until it agrees with them again.',
  },
  epsilon: {
    type: 'duration',
    min: 0,
    default: 4,
    doc: 'With `order-by: bounded`, by how much a clock may be wrong. Larger waits longer, smaller than the truth is no bound. With `clock-source` the members reckon it themselves.',
  },
  'commit-wait': {
    type: 'boolean',
    default: true,
    doc: 'With `order-by: bounded`, whether a write is answered only when its stamp is over by every clock.',
  },
  'clock-source': {
    type: 'nodes',
    optional: true,
    doc: 'Time servers by which members keep their clocks. Absent: each has the time of day of its machine.',
  },
  ...syncParams,
  siblings: {
    type: 'choice',
    options: ['keep', 'lww'],
    default: 'keep',
    doc: 'With `order-by: vector`, what becomes of concurrent writes: all stay side by side, or the one with the latest time of day.',
  },
});

export type ClockParams = Params<typeof clockParams>;
/** The orders that are total: of two writes of a key one stays. */
export type StampOrder = Exclude<ClockParams['order-by'], 'vector'>;

export const clockBugs = {
  'no-increment-on-receive': {
    doc: 'A Lamport clock takes the larger number and does not add one: cause and effect tie.',
    caughtBy: 'happens-before',
  },
  'hybrid-from-wall-after-boot': {
    doc: 'A hybrid clock begins at the time of day after a restart, and uses stamps again if that was set back.',
    caughtBy: 'monotonic',
  },
  'accept-any-offset': {
    doc: 'A hybrid clock follows stamps however far they are ahead, and never stops.',
    caughtBy: 'clock-error',
  },
  'ack-before-wait': {
    doc: 'A write is answered before its stamp is over.',
    caughtBy: 'linearizable',
  },
  'epsilon-halved': {
    doc: 'The error of a clock is taken for half of what it is.',
    caughtBy: 'linearizable',
  },
  'epsilon-ignores-age': {
    doc: 'With `clock-source`, the error does not grow with the time since a server has answered.',
    caughtBy: 'linearizable',
  },
  'no-dots': {
    doc: 'One version vector for all values of a key: writers that take turns make siblings without end.',
    caughtBy: 'siblings',
  },
  'prune-vector': {
    doc: 'A vector keeps one member only: what it has replaced looks concurrent again.',
    caughtBy: 'happens-before',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type ClockBug = keyof typeof clockBugs;

const seen = { near: 'Clocks that agree with it, its own included.', known: 'Of how many.' };

export const clockNotes = {
  'refuses stamp': {
    doc: 'A write came with a stamp too far ahead of its own clock.',
    detail: { ahead: 'By how much, in ms.', of: 'Who sent it.' },
  },
  'clock too far off': {
    doc: 'Its clock is off by `stop-at` of `max-offset` from at least half of the clocks that it knows: it stops.',
    detail: seen,
  },
  'clock agrees again': {
    doc: 'A member that had stopped goes on, since its clock agrees with most again.',
    detail: seen,
  },
} as const satisfies NoteTable;

export const clockMeasures = {
  'clock-error': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How far the stamp of a write is ahead of the time of day of its member.',
  },
  shadowed: {
    sort: 'count',
    doc: 'Writes that were stamped behind what was stored: acknowledged, and gone.',
  },
  writes: { sort: 'count', doc: 'Writes that it took from clients.' },
  'shadowed-ratio': {
    ratio: ['shadowed', 'writes'],
    doc: 'The share of writes that were gone as they were made.',
  },
  'commit-wait': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long a write waited for its stamp to be over, as it was when the write was made.',
  },
  siblings: {
    sort: 'sample',
    unit: 'count',
    doc: 'With `order-by: vector`: values side by side after each write, and in each read.',
  },
} as const satisfies MeasureTable;

/**
 * The last thing that a member has heard, and its own clock after that: two stamps, or contexts.
 */
export interface ClockView extends Detail {
  readonly received: Heard | null;
  readonly clock: Heard;
}
type Heard = readonly [time: number, count: number] | CausalContext;

export const happensBefore: Invariant = {
  name: 'happens-before',
  source: 'Lamport 1978, clock condition and implementation rule 2; Mattern 1989 for vectors',
  check(views) {
    for (const [node, view] of views) {
      const { received, clock } = view as ClockView;
      if (received === null || comesAfter(clock, received)) continue;
      const [own, heard] = [clock, received].map((one) => JSON.stringify(one));
      return `the clock of ${node} is at ${own} after a message of ${heard}: what it does next would not come after it`;
    }
    return null;
  },
};

/** Effects after causes. A vector that has taken in another has seen all that it has. */
function comesAfter(own: Heard, heard: Heard): boolean {
  if ('vector' in own && 'vector' in heard) return contextDescends(own, heard);
  if ('vector' in own || 'vector' in heard) return false;
  return own[0] !== heard[0] ? own[0] > heard[0] : own[1] > heard[1];
}
