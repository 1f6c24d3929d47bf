/** What coordinator and participants measure and note. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

/** Why a transaction was aborted. */
export type AbortCause = 'refused' | 'conflict' | 'unavailable' | 'timeout' | 'crash';

export const measures = {
  commits: { sort: 'count', doc: 'Transactions that the coordinator has decided to commit.' },
  aborts: {
    sort: 'count',
    doc: 'Transactions that the coordinator has decided to abort, by cause: a participant refused, lost a lock, was not ready, was silent, or the coordinator crashed.',
    of: ['refused', 'conflict', 'unavailable', 'timeout', 'crash'],
  },
  'in-doubt': {
    sort: 'gauge',
    unit: 'count',
    doc: 'Transactions that a participant has prepared and whose decision it does not know.',
  },
  'in-doubt-time': {
    sort: 'sample',
    unit: 'ms',
    doc: 'From prepared to the decision, at a participant; after a reboot from the boot on.',
  },
  blocked: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Transactions that wait for a lock at a participant.',
  },
  'lock-wait': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long a transaction waited for a lock that it did not get at once, got or given up.',
  },
  'forced-writes': { sort: 'count', doc: 'Log records that had to be on disk before going on.' },
  heuristics: {
    sort: 'count',
    doc: 'Transactions that a participant in doubt has decided alone.',
  },
} as const satisfies MeasureTable;

const txn = 'The number of the transaction.';

export const notes = {
  prepared: { doc: 'A participant has voted yes, and is in doubt from now on.', detail: { txn } },
  'in doubt': {
    doc: 'A participant has got no decision in time, and asks for it.',
    detail: { txn },
  },
  decided: {
    doc: 'The coordinator has decided.',
    detail: { txn, commit: 'Whether it commits.', reason: 'Why it aborts.' },
  },
  recovered: {
    doc: 'A node has read its log after a reboot.',
    detail: { 'in-doubt': 'Transactions prepared.', undecided: 'Decisions to be sent again.' },
  },
  'learns from a peer': {
    doc: 'A participant in doubt has heard the decision from another participant.',
    detail: { txn, commit: 'Whether it commits.' },
  },
  'decides alone': {
    doc: 'A participant in doubt has decided by `heuristic`.',
    detail: { txn, commit: 'Whether it commits.' },
  },
  'heuristic damage': {
    doc: 'The decision comes, and is not what the participant has decided alone.',
    detail: { txn },
  },
} as const satisfies NoteTable;
