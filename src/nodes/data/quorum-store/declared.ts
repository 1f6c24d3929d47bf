/** What nodes measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  siblings: {
    sort: 'sample',
    unit: 'count',
    doc: 'How many values side by side a read found, deleted ones left out.',
  },
  hints: { sort: 'gauge', unit: 'count', doc: 'Hints that a node keeps for others.' },
  'handed-over': { sort: 'count', doc: 'Hints that the node they were kept for has taken.' },
  repairs: { sort: 'count', doc: 'Old copies that a read has sent the newer value to.' },
  'stand-ins': { sort: 'count', doc: 'Copies of writes that went to a stand-in.' },
  refusals: { sort: 'count', doc: 'Requests refused at once: too few copies known to be up.' },
  streamed: { sort: 'count', doc: 'Keys sent to another node because a node joins or leaves.' },
  exchanged: { sort: 'count', doc: 'Keys that anti-entropy found to differ, and sent.' },
} as const satisfies MeasureTable;

const node = 'The node.';

export const notes = {
  ring: {
    doc: 'A node takes a step of joining the ring or leaving it.',
    detail: { node, status: 'joining, serving, normal; or leaving, retiring, left.' },
  },
  suspects: { doc: 'A node was silent for `suspect-after`.', detail: { node } },
  'hears again': { doc: 'A node that was suspected has been heard.', detail: { node } },
  'hands over': { doc: 'Hints are offered to the node they are kept for.', detail: { node } },
  'keeps a hint': { doc: 'The first hint for a node.', detail: { node } },
} as const satisfies NoteTable;

export const bugs = {
  'r-plus-w': {
    doc: 'Reads are answered by one copy fewer than r, never by none: r + w is n.',
    caughtBy: 'linearizable',
  },
  'hint-counts-as-ack': {
    doc: 'A hint that the coordinator keeps counts as the acknowledgement of the copy that it is for.',
    caughtBy: 'linearizable',
  },
  'repair-after-answer': {
    doc: 'With blocking read repair the answer does not wait until old copies are up to date: a later read may go back.',
    caughtBy: 'linearizable',
  },
  'restamp-hints': {
    doc: 'A hint is handed over with a new stamp, and wins over what was written since.',
    caughtBy: 'no-lost-writes',
  },
  'vnode-clock-reset': {
    doc: 'A replica counts its events under its name alone. When it has lost its disk it begins again, and others take its new writes for old ones.',
    caughtBy: 'no-lost-writes',
  },
  'no-dots': {
    doc: 'One version vector for all values of a key: writers that take turns make siblings without end.',
    caughtBy: 'siblings',
  },
  'drop-sibling': {
    doc: 'Of concurrent values only the one with the latest stamp is kept.',
    caughtBy: 'no-lost-writes',
  },
  'no-extra-ack': {
    doc: 'While a node joins or leaves, a write needs w acknowledgements and not one more: some may be of a copy that goes.',
    caughtBy: 'linearizable',
  },
  'stream-from-any': {
    doc: 'A joiner gets each key from the first of its copies and not from the one that it replaces, which may know more; who replaces a dead node, from the first of the others, not from all.',
    caughtBy: 'linearizable',
  },
  'undo-on-failure': {
    doc: 'A write that did not get enough acknowledgements is taken back by a deletion, which takes back the value before it too.',
    caughtBy: 'no-lost-writes',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
