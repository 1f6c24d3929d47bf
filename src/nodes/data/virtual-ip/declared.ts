/** What routers and the address measure and note. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  'take-overs': { sort: 'count', doc: 'How often a router took the address.' },
} as const satisfies MeasureTable;

export const notes = {
  'address moves': {
    doc: 'Requests go to another node from now on.',
    detail: { to: 'The node.' },
  },
} as const satisfies NoteTable;
