/** What a clock store declares: knobs, mistakes, notes, measures, its invariant. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail } from '../../../sim/node.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Invariant, KnownBug } from '../../../sim/system.ts';

export const clockParams = defineParams({
  'order-by': {
    type: 'choice',
    options: ['wall', 'lamport', 'hybrid', 'bounded'],
    default: 'wall',
    doc: 'The clock whose order decides which write of a key stays: the time of day, a counter, both, or the time of day with a known error.',
  },
  replicate: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a write waits before it is sent to the others. Longer leaves them old for longer.',
  },
  'anti-entropy': {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'How often a member compares what it has with another one, for copies that were lost.',
  },
  'max-offset': {
    type: 'duration',
    min: 1,
    default: 500,
    doc: 'With `order-by: hybrid`, stamps further ahead of its own clock are refused, or one wrong clock carries all along.',
  },
  epsilon: {
    type: 'duration',
    min: 0,
    default: 4,
    doc: 'With `order-by: bounded`, by how much a clock may be wrong. Larger waits longer, smaller than the truth is no bound.',
  },
  'commit-wait': {
    type: 'boolean',
    default: true,
    doc: 'With `order-by: bounded`, whether a write is answered only when its stamp is over by every clock.',
  },
});

export type ClockParams = Params<typeof clockParams>;

export const clockBugs = {
  'no-increment-on-receive': {
    doc: 'A Lamport clock takes the larger number and does not add one: cause and effect tie.',
    caughtBy: 'happens-before',
  },
  'hybrid-from-wall-after-boot': {
    doc: 'A hybrid clock begins at the time of day after a restart, and uses stamps again if that was set back.',
    caughtBy: 'no-lost-writes',
  },
  'accept-any-offset': {
    doc: 'A hybrid clock follows stamps however far they are ahead.',
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
} as const satisfies { readonly [bug: string]: KnownBug };

export type ClockBug = keyof typeof clockBugs;

export const clockNotes = {
  'refuses stamp': {
    doc: 'A write came with a stamp too far ahead of its own clock.',
    detail: { ahead: 'By how much, in ms.', of: 'Who sent it.' },
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
    doc: 'How long a write waited for its stamp to be over.',
  },
} as const satisfies MeasureTable;

/** The stamps of the last receive and of the clock after it. */
export interface ClockView extends Detail {
  readonly received: number;
  readonly clock: number;
}

export const happensBefore: Invariant = {
  name: 'happens-before',
  source: 'Lamport 1978, clock condition and implementation rule 2',
  check(views) {
    for (const [node, view] of views) {
      const { received, clock } = view as ClockView;
      if (received > 0 && clock <= received) {
        return `the clock of ${node} is at ${clock} after a message of ${received}: what it does next would not come after it`;
      }
    }
    return null;
  },
};
