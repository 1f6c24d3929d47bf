/** What routers and the address measure and note. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  'take-overs': { sort: 'count', doc: 'How often a router took the address.' },
  flaps: {
    sort: 'count',
    doc: 'How often requests went back to a router that had lost the address less than three adverts ago: two hold it.',
  },
} as const satisfies MeasureTable;

export const notes = {
  'address moves': {
    doc: 'Requests go to another node from now on.',
    detail: { to: 'The node.' },
  },
  'two owners': {
    doc: 'Two routers say in turn that they hold the address.',
    detail: { first: 'One of the nodes behind them.', second: 'The other.' },
  },
} as const satisfies NoteTable;

export type Bug = 'double-master';

export const bugs = {
  'double-master': {
    doc: 'A router that holds the address keeps it when it hears one of higher priority.',
    caughtBy: 'flaps',
  },
} as const satisfies { readonly [B in Bug]: KnownBug };
