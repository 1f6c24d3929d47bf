/** What members measure and note, besides the roles that they take. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  uncommitted: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Records of the leader beyond its high-water mark.',
  },
  truncated: {
    sort: 'count',
    doc: 'Records that followers cut off because their leader lacks them.',
  },
  fetches: { sort: 'count', doc: 'Fetches of followers that a leader has answered.' },
  'fetched-records': { sort: 'count', doc: 'Records in those answers.' },
  'records-per-fetch': {
    ratio: ['fetched-records', 'fetches'],
    unit: 'count',
    doc: 'How many records share an answer: the batches that form by themselves under load.',
  },
} as const satisfies MeasureTable;

export const notes = {
  truncates: {
    doc: 'A follower cuts its log off where it parts from that of its leader.',
    detail: { to: 'The end of what is left.', from: 'The end before.' },
  },
  'steps down': {
    doc: 'A leader gives up, since a majority no longer fetches from it.',
    detail: { term: 'Its generation.' },
  },
  'drops a torn entry': {
    doc: 'At boot the last record of the log was torn by the crash.',
    detail: { record: 'Its offset.' },
  },
  'no room': { doc: 'The disk is full: a record is not appended.' },
} as const satisfies NoteTable;
