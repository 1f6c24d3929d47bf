/** What members measure and note, besides the roles that they take. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  elections: { sort: 'count', doc: 'First phases that a member began.' },
  chosen: { sort: 'count', doc: 'Slots that a leader found to be chosen.' },
  'no-ops': {
    sort: 'count',
    doc: 'Slots that a leader filled without a request: gaps, and those before new voters.',
  },
  'taken-over': {
    sort: 'count',
    doc: 'Values of earlier leaders that a new leader proposed again.',
  },
  'catch-up': { sort: 'count', doc: 'Slots that a member learned by asking for them.' },
  'lease-reads': {
    sort: 'count',
    doc: 'Reads that a leader answered by its lease, without a message.',
  },
} as const satisfies MeasureTable;

export const notes = {
  'steps down': {
    doc: 'A leader gives up: a majority no longer answers, or it does not vote any more.',
    detail: { term: 'Its ballot.' },
  },
  'fills gap': {
    doc: 'A new leader proposes a no-op for a slot of which no promise named a value.',
    detail: { slot: 'The slot.' },
  },
  'refuses ballot': {
    doc: 'A member does not promise: it is bound by a lease, or has just heard a leader.',
    detail: { of: 'Who asked.' },
  },
  configuration: {
    doc: 'Other voters are chosen.',
    detail: { voters: 'Who votes.', from: 'The first slot that they decide.' },
  },
  'refuses a command': {
    doc: 'A member does not do what an operator has told it.',
    detail: { command: 'Which command.', why: 'Why, in words.' },
  },
  'hands over': {
    doc: 'A leader asks another member to lead.',
    detail: { to: 'That member.' },
  },
  'has lost its disk': {
    doc: 'A member boots with an empty disk, though it has lived before.',
  },
  'may vote again': {
    doc: 'A member that had lost its disk knows from the others what it may have promised.',
  },
  'installs snapshot': {
    doc: 'A member takes up a state, since the slots that it lacks are gone.',
    detail: { slot: 'The last slot of that state.' },
  },
  'drops a torn entry': {
    doc: 'At boot the last record of the log was torn by the crash.',
    detail: { record: 'Its number.' },
  },
} as const satisfies NoteTable;
