/** What members measure and note, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  lag: {
    sort: 'sample',
    unit: 'ms',
    doc: 'At a replica, for each record: from its write at the primary to when it can be read here, by their clocks.',
  },
  behind: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Records that a replica has received and not applied.',
  },
  'refused-writes': {
    sort: 'count',
    doc: 'Writes that the primary refused: too few replicas, or no lease.',
  },
  fallbacks: { sort: 'count', doc: 'How often semi-sync went on without a replica.' },
  rewound: {
    sort: 'count',
    doc: 'Records that a member undid, since the new primary does not have them.',
  },
  copies: { sort: 'count', doc: 'Full copies that a primary sent.' },
} as const satisfies MeasureTable;

const epoch = 'The epoch.';

export const notes = {
  'fell back to async': {
    doc: 'No replica has acknowledged for `semi-sync-timeout`; writes no longer wait for one.',
  },
  'semi-sync again': { doc: 'A replica has caught up, and writes wait for one again.' },
  rewinds: {
    doc: 'A member undoes records that the new primary does not have.',
    detail: { from: 'The first record that goes.', to: 'The last.' },
  },
  diverged: { doc: 'A member keeps records that the new primary does not have, and stands aside.' },
  'sends a full copy': {
    doc: 'A replica is too far behind for the log.',
    detail: { to: 'The replica.' },
  },
  'steps down': { doc: 'A primary hears of a later epoch.', detail: { epoch } },
  'loses its lease': { doc: 'Nobody has confirmed the primary in time: it stops serving.' },
  'boots without its disk': { doc: 'The disk is empty: it must not be copied.' },
  drains: {
    doc: 'A primary that hands over takes no more writes.',
    detail: { to: 'The next primary.' },
  },
  'hands over': {
    doc: 'All is with the next primary.',
    detail: { to: 'The next primary.', epoch },
  },
  'gives up the switch': {
    doc: 'The next primary did not catch up in time, or a lock says who is next: writes go on.',
  },
} as const satisfies NoteTable;

export const bugs = {
  'ack-before-ship': {
    doc: 'With `sync` a write is acknowledged when the primary has it; nobody waits for a replica.',
    caughtBy: 'no-lost-writes',
  },
  'silent-async': {
    doc: 'With `sync`, a primary whose replicas are silent goes on without them.',
    caughtBy: 'no-lost-writes',
  },
  'after-commit': {
    doc: 'With `sync`, others read a write before a replica has it: what they saw can vanish with the primary.',
    caughtBy: 'linearizable',
  },
  'no-epoch': {
    doc: 'Records do not say whose they are, and replicas take them from every primary, also from one of an earlier epoch.',
    caughtBy: 'converged',
  },
  'no-rewind': {
    doc: 'A member keeps what the new primary does not have, and goes on as if it were the same.',
    caughtBy: 'converged',
  },
  'ok-on-timeout': {
    doc: 'A write that no replica has acknowledged in time is answered as done.',
    caughtBy: 'no-lost-writes',
  },
  'empty-primary': {
    doc: 'A primary whose disk was lost comes back as primary, and replicas copy its emptiness.',
    caughtBy: 'no-lost-writes',
  },
  'boot-as-primary': {
    doc: 'A watched primary that boots again takes writes before anybody has confirmed it.',
    caughtBy: 'no-lost-writes',
  },
  'serves-past-lock': {
    doc: 'With `election`, a primary does not look at its lock: it serves although another has it.',
    caughtBy: 'linearizable',
  },
  'promote-without-drain': {
    doc: 'A planned switch does not wait until the next primary has everything.',
    caughtBy: 'no-lost-writes',
  },
  'apply-out-of-order': {
    doc: 'A replica applies what it has received in any order.',
    caughtBy: 'session-guarantees',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
