/** The knobs of Viewstamped Replication, and its famous mistakes. */
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';
import { machineParam } from '../../parts/machines/kinds.ts';

export const params = defineParams({
  machine: machineParam,
  'view-timeout': {
    type: 'duration-range',
    min: 1,
    default: { minMs: 150, maxMs: 300 },
    doc: 'A member that hears nothing of the primary for a time drawn from here begins the next view.',
  },
  heartbeat: {
    type: 'duration',
    min: 1,
    default: 50,
    doc: 'How often a primary shows that it is alive, and says up to where operations are committed.',
  },
  state: {
    type: 'choice',
    options: ['disk', 'memory'],
    default: 'disk',
    doc: 'Where members keep the log. In memory, one that restarts gets it from the others, if no more than f of 2f + 1 have lost it; only the number of the view is on disk.',
  },
  'checkpoint-every': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'After this many operations a member keeps the state in place of them, and cuts its log.',
  },
  'checkpoint-keep': {
    type: 'integer',
    min: 0,
    default: 1000,
    doc: 'Operations before a checkpoint that stay in the log, for members that are a little behind.',
  },
  'uncommitted-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'Operations that a primary begins beyond those that are committed before it refuses requests as overloaded.',
  },
  'sessions-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'Sessions whose last answers are kept, to execute retries only once.',
  },
});

export type ViewParams = Params<typeof params>;

export const bugs = {
  'longest-log': {
    doc: 'A new primary takes the longest log, and not that of the latest view: operations that an earlier view has replaced come back over committed ones.',
    caughtBy: 'same-history',
  },
  'too-few-logs': {
    doc: 'A new primary does not wait for the logs of a majority: committed operations that it has not heard of are lost.',
    caughtBy: 'same-history',
  },
  'prepares-in-view-change': {
    doc: 'A member that has given its log to the next primary goes on to accept operations of the old one.',
    caughtBy: 'same-history',
  },
  'acks-gaps': {
    doc: 'A member acknowledges an operation though it lacks one before it.',
    caughtBy: 'same-history',
  },
  'ack-before-durable': {
    doc: 'Operations are acknowledged before they are on disk: a power cut takes them back.',
    caughtBy: 'same-history',
  },
  'no-recovery': {
    doc: 'With `state: memory`, a member that restarts takes part with nothing in its memory.',
    caughtBy: 'linearizable',
  },
  'forget-view': {
    doc: 'With `state: memory`, the number of the view is in memory too, as in the paper of 2012: a restart in the midst of a view change forgets that the next primary has the log, and helps the old one to commit.',
    caughtBy: 'same-history',
  },
  'suffix-by-length': {
    doc: 'A member that gets the end of a log, when a view begins, puts it behind its own if that is long enough. It does not ask whether what comes before is committed, and so the same.',
    caughtBy: 'same-history',
  },
  'checkpoint-without-sessions': {
    doc: 'Checkpoints hold the machine and not the sessions: a retry of what was cut off is executed again.',
    caughtBy: 'linearizable',
  },
  'no-dedup': {
    doc: 'Retries and doubled messages are executed again.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type Bug = keyof typeof bugs;

export const notes = {
  'begins view': {
    doc: 'A member hears no primary, and begins the next view.',
    detail: { view: 'Its number.' },
  },
  'has recovered': {
    doc: 'A member has its memory back.',
    detail: { view: 'The view of it.', op: 'Operations in its log.' },
  },
  'gets state': {
    doc: 'A member that lacks operations asks for them.',
    detail: { after: 'The last that it has.' },
  },
  'takes a checkpoint': {
    doc: 'A member that is far behind gets the state in place of the operations.',
    detail: { op: 'The last operation in it.' },
  },
  'drops a torn entry': { doc: 'At boot the last entry of the log was torn by the crash.' },
} as const satisfies NoteTable;
