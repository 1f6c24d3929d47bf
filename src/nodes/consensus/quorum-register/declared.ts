/** What replicas measure and note. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  'reads-done': { sort: 'count', doc: 'Reads that were answered.' },
  'write-backs': {
    sort: 'count',
    doc: 'Reads that stored what they had read before they answered.',
  },
  'write-back-ratio': {
    ratio: ['write-backs', 'reads-done'],
    doc: 'Share of the reads that took a second round trip to write back.',
  },
  resends: { sort: 'count', doc: 'Times that a coordinator asked silent replicas again.' },
} as const satisfies MeasureTable;

export const notes = {
  'gives up': {
    doc: 'No quorum answered within the patience of the coordinator.',
    detail: {
      key: 'The key of the operation.',
      phase: 'query or store.',
      heard: 'How many answered.',
    },
  },
} as const satisfies NoteTable;
