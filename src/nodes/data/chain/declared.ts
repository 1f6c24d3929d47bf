/** What members and master measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  reconfigurations: { sort: 'count', doc: 'Chains that the master has made after the first.' },
  pending: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Updates that a member has and that are not known to be at the tail (its Sent list).',
  },
  'clean-reads': { sort: 'count', doc: 'CRAQ: reads that a member answered by itself.' },
  'dirty-reads': { sort: 'count', doc: 'CRAQ: reads for which it asked the tail for its version.' },
  resent: { sort: 'count', doc: 'Updates that a successor lacked and got again.' },
} as const satisfies MeasureTable;

export const notes = {
  'takes out': {
    doc: 'The master takes a silent member out of the chain.',
    detail: { node: 'It.' },
  },
  joins: { doc: 'The master adds a member as the new tail.', detail: { node: 'It.' } },
  'copies to': { doc: 'The tail sends everything to a joiner.', detail: { node: 'The joiner.' } },
  'loses its lease': { doc: 'The master has not answered for `lease`: it serves no reads.' },
} as const satisfies NoteTable;

export const bugs = {
  'tail-without-lease': {
    doc: 'A tail answers reads without looking whether the master still counts on it.',
    caughtBy: 'linearizable',
  },
  'skip-resend': {
    doc: 'After a change of the chain nobody sends again what the new successor lacks.',
    caughtBy: 'availability',
  },
  'ack-at-head': {
    doc: 'The head answers a write before the tail has it.',
    caughtBy: 'no-lost-writes',
  },
  'join-at-head': {
    doc: 'A member that comes back is put before the head, with what it had.',
    caughtBy: 'linearizable',
  },
  'answer-newest-dirty': {
    doc: 'CRAQ: a member answers with a write that the tail may not have yet.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
