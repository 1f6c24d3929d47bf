/** What a backup measures and notes, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  'archive-lag': {
    sort: 'sample',
    unit: 'ms',
    doc: 'When a piece of the log comes: how long ago its first record was written, by the clocks of both.',
  },
  archived: { sort: 'gauge', unit: 'count', doc: 'Records of the log that are kept.' },
  fulls: { sort: 'count', doc: 'Full copies that were taken.' },
  'failed-tests': { sort: 'count', doc: 'Full copies that failed their test.' },
  'restore-time': {
    sort: 'sample',
    unit: 'ms',
    doc: 'From the order to restore until the store has it.',
  },
} as const satisfies MeasureTable;

export const notes = {
  'has a full copy': { doc: 'All parts of a full copy are there.' },
  'fails its test': { doc: 'A full copy lacks something, and is taken again.' },
  'gap in the log': { doc: 'The store no longer has what follows the last record kept.' },
  restores: {
    doc: 'A restore begins.',
    detail: { records: 'Records of the log that are replayed.' },
  },
  restored: { doc: 'The store has begun again.' },
  'cannot restore': { doc: 'No full copy has the log that it needs.' },
} as const satisfies NoteTable;

export const bugs = {
  'torn-snapshot': {
    doc: 'The log is replayed from the end of a full copy, not from its beginning: writes made during the copy are lost for keys that it had passed.',
    caughtBy: 'no-lost-writes',
  },
  'log-gap-ignored': {
    doc: 'Where a piece of the log is missing, the archive goes on behind it.',
    caughtBy: 'no-lost-writes',
  },
  'untested-backup': {
    doc: 'The first try of each full copy loses a part, in silence. `verify: true` finds it.',
    caughtBy: 'no-lost-writes',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
