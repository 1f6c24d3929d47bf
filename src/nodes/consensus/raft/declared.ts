/** What servers measure and note, besides the roles that they take. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  elections: { sort: 'count', doc: 'Elections that a server began as a candidate.' },
  committed: { sort: 'count', doc: 'Entries of the log that a leader found to be committed.' },
} as const satisfies MeasureTable;

export const notes = {
  'steps down': {
    doc: 'A leader gives up, since a majority no longer answers.',
    detail: { why: 'Why, in words.', term: 'Its term.' },
  },
  'truncates log': {
    doc: 'A follower drops entries that conflict with those of the leader.',
    detail: { from: 'The first index that goes.', to: 'The last.' },
  },
  'drops a torn entry': {
    doc: 'At boot the last entry of the log was torn by the crash.',
    detail: { index: 'Its index.' },
  },
} as const satisfies NoteTable;
