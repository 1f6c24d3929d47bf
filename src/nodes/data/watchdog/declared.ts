/** What watchers measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  deaths: { sort: 'count', doc: 'How often a watcher took a node for dead, rightly or not.' },
  failovers: { sort: 'count', doc: 'Fail-overs that were carried through.' },
  'failover-time': {
    sort: 'sample',
    unit: 'ms',
    doc: 'From the last answer of the old primary to the first one of the new primary.',
  },
} as const satisfies MeasureTable;

const node = 'The node.';
const epoch = 'The epoch.';

export const notes = {
  'takes for dead': { doc: '`fall` questions in a row were not answered.', detail: { node } },
  'alive again': { doc: 'A node taken for dead has answered `rise` times.', detail: { node } },
  'cuts off the power': { doc: 'The old primary is stopped.', detail: { node } },
  'no candidate': {
    doc: 'Too few replicas have answered to know that one of them has everything.',
    detail: { heard: 'How many have.', needed: 'How many must.' },
  },
  promotes: { doc: 'It makes a node primary.', detail: { node, epoch } },
  'fails back': {
    doc: 'The primary is to hand over to the first node, which is back.',
    detail: { node },
  },
  'fail-over done': { doc: 'The new primary has answered.', detail: { node, epoch } },
} as const satisfies NoteTable;

export const bugs = {
  'no-fencing': {
    doc: 'The new primary gets no epoch of its own: nobody can tell the two apart.',
    caughtBy: 'leaders per term',
  },
  'one-watcher-two-primaries': {
    doc: 'A second node is promoted in the same epoch, in case the first does not answer.',
    caughtBy: 'leaders per term',
  },
  'promote-behind': {
    doc: 'The replica is promoted that has received the least.',
    caughtBy: 'no-lost-writes',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
