/** What members measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  conflicts: {
    sort: 'count',
    doc: 'Changes of another member that met a value which they had not seen.',
  },
  overwritten: {
    sort: 'count',
    doc: 'Values that lost such a conflict at a member, and are gone there; with `lww` also writes that lose where they are taken.',
  },
  siblings: { sort: 'sample', unit: 'count', doc: 'How many values side by side a read found.' },
  waiting: { sort: 'gauge', unit: 'count', doc: 'Changes that wait for others before them.' },
} as const satisfies MeasureTable;

export const notes = {
  'offers everything': { doc: 'After a boot a member sends all that it has again.' },
} as const satisfies NoteTable;

export const bugs = {
  'tie-by-arrival': {
    doc: 'Of two values with one stamp the one that arrived later stays, and members see them arrive in different orders.',
    caughtBy: 'converged',
  },
  'restamp-on-relay': {
    doc: 'A member stamps a change again when it takes it over: what is old wins for being late.',
    caughtBy: 'converged',
  },
  'no-tombstones': {
    doc: 'A deletion only forgets the value; nothing tells the others.',
    caughtBy: 'converged',
  },
  'early-gc': {
    doc: 'A tombstone is dropped as soon as it is applied: an older write that comes later brings the value back.',
    caughtBy: 'converged',
  },
  'ignore-needs': {
    doc: 'A member takes the write of a session although it lacks what that session has seen.',
    caughtBy: 'session-guarantees',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
