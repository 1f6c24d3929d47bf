/** What the store measures and notes. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  records: { sort: 'count', doc: 'Records appended to the log.' },
  syncs: { sort: 'count', doc: 'Times that the log was made durable.' },
  'records-per-sync': {
    ratio: ['records', 'syncs'],
    unit: 'count',
    doc: 'How many writes share a flush: the gain of group commit.',
  },
  segments: { sort: 'gauge', unit: 'count', doc: 'Segments that are kept.' },
  replayed: { sort: 'sample', unit: 'count', doc: 'Records replayed at one boot.' },
} as const satisfies MeasureTable;

export const notes = {
  'cuts torn record': { doc: 'At boot the last record was torn by the crash, and is cut off.' },
  corrupt: {
    doc: 'At boot a record was damaged that may have been acknowledged.',
    detail: { record: 'Its number.', stops: 'Whether the store refuses to serve.' },
  },
  'writes snapshot': {
    doc: 'A snapshot is written, and the segments before it are dropped.',
    detail: { upTo: 'The number of its last record.', dropped: 'How many segments.' },
  },
  'no room': { doc: 'The disk is full: a write is refused, and the log is as it was.' },
} as const satisfies NoteTable;
