/** What members measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  forwarded: {
    sort: 'count',
    doc: 'Requests that a member passed on to the master of their record.',
  },
  moved: { sort: 'count', doc: 'Masterships that were handed over.' },
  pending: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Records of which some member has not acknowledged the last version.',
  },
} as const satisfies MeasureTable;

export const notes = {
  'hands over': {
    doc: 'The mastership of a record moves to where it is written.',
    detail: { key: 'The record.', to: 'Its new master.' },
  },
  'takes over': {
    doc: 'By order of an operator, a member is the master of all records of another one.',
    detail: { of: 'The member before.', records: 'How many it knew.' },
  },
} as const satisfies NoteTable;

export const bugs = {
  'two-masters': {
    doc: 'A member that writes a record often takes its mastership, and does not ask who has it.',
    caughtBy: 'eventual',
  },
  'read-critical-ignores-version': {
    doc: 'A critical read is answered from what is here, however old.',
    caughtBy: 'monotonic-reads',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
