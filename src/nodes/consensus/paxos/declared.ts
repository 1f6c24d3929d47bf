/** What members measure and note. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  ballots: { sort: 'count', doc: 'Ballots that proposers began.' },
  refused: {
    sort: 'count',
    doc: 'Ballots that a proposer gave up, since a higher one was promised.',
  },
  proposals: { sort: 'count', doc: 'Proposals whose proposer learned what was chosen.' },
  'ballots-each': {
    ratio: ['ballots', 'proposals'],
    unit: 'count',
    doc: 'Ballots for each proposal that ended: 1 when nobody interferes.',
  },
  'proposal-time': {
    sort: 'sample',
    unit: 'ms',
    doc: 'From the first ballot of a proposal until its proposer knew what was chosen.',
  },
} as const satisfies MeasureTable;

export const notes = {
  'begins ballot': {
    doc: 'A proposer begins a ballot.',
    detail: { key: 'The instance.', ballot: 'Round and name.' },
  },
  learns: {
    doc: 'A learner knows what is chosen.',
    detail: {
      item: 'The instance.',
      value: 'The value.',
      ballot: 'The ballot in which it saw a quorum.',
    },
  },
  'gives up': {
    doc: 'A proposer stops, since nobody waits for its answer any more.',
    detail: { key: 'The instance.', ballot: 'Its last ballot.' },
  },
} as const satisfies NoteTable;
