/** What a time server declares: knobs, mistakes, notes, measures. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';
import { syncParams } from '../../parts/time-sync.ts';

export const timeParams = defineParams({
  source: {
    type: 'nodes',
    optional: true,
    doc: 'The time servers that it sets its clock by. Absent: it trusts its own, as one with a receiver for GPS does.',
  },
  error: {
    type: 'duration',
    min: 0,
    default: 1,
    doc: 'Without `source`: by how much its own clock may be wrong, as it tells others.',
  },
  answer: {
    type: 'choice',
    options: ['interval', 'time'],
    default: 'interval',
    doc: 'Whether it answers an interval that holds the true time, or what its clock shows: that is slewed, and stepped when it is wrong by more than 128 ms.',
  },
  ...syncParams,
});

export type TimeParams = Params<typeof timeParams>;

export const timeBugs = {
  'epsilon-ignores-age': {
    doc: 'The error does not grow with the time since the last answer of a server.',
    caughtBy: 'true-time',
  },
  'error-ignores-delay': {
    doc: 'The error does not count half of the round trip: a path that is slower in one direction is unseen.',
    caughtBy: 'true-time',
  },
  'trusts-any-server': {
    doc: 'It takes the time of one server and does not compare it with the others.',
    caughtBy: 'true-time',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type TimeBug = keyof typeof timeBugs;

export const timeNotes = {
  'steps clock': {
    doc: 'The clock was too wrong to be slewed, and was set.',
    detail: { by: 'By how much, in ms.' },
  },
} as const satisfies NoteTable;

export const timeMeasures = {
  epsilon: {
    sort: 'sample',
    unit: 'ms',
    doc: 'By how much its clock may be wrong, by its own reckoning, as it tells the time.',
  },
} as const satisfies MeasureTable;
