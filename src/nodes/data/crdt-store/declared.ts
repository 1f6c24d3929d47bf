/** What replicas measure, and the mistakes that can be switched on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const measures = {
  states: { sort: 'count', doc: 'Whole states sent to another replica.' },
  deltas: { sort: 'count', doc: 'Changes sent to another replica, repeats too.' },
  merges: { sort: 'count', doc: 'States and changes of others that brought something new.' },
  operations: { sort: 'count', doc: 'Operations sent to another replica, repeats too.' },
} as const satisfies MeasureTable;

export const notes = {
  'new replica': {
    doc: 'A replica without a disk of its own takes a name that nobody had.',
    detail: { name: 'The name.' },
  },
} as const satisfies NoteTable;

export const bugs = {
  'pn-as-g': {
    doc: 'A counter that goes down is merged as if it only grew: what is taken away is lost.',
    caughtBy: 'pn-counter',
  },
  'reset-id': {
    doc: 'A replica that has lost its disk counts on under its old name, from nothing.',
    caughtBy: 'pn-counter',
  },
  'clear-delta-early': {
    doc: 'A change is forgotten as soon as it is sent, whether it arrives or not.',
    caughtBy: 'converged',
  },
  'merge-by-sum': {
    doc: 'Counts are added up when states are merged: what comes twice counts twice.',
    caughtBy: 'pn-counter',
  },
  'apply-twice': {
    doc: 'With `sync: op` an operation that comes again is applied again.',
    caughtBy: 'pn-counter',
  },
  'apply-out-of-order': {
    doc: 'With `sync: op` operations are applied as they come: a removal before the addition that it removes takes nothing away.',
    caughtBy: 'converged',
  },
  'remove-by-value': {
    doc: 'A removal from an OR-set takes the element away wherever it arrives, also where an addition put it that the remover had not seen.',
    caughtBy: 'converged',
  },
  'tombstone-gc': {
    doc: 'A 2P-set forgets a removal as soon as it has merged it: an addition that comes later brings the element back.',
    caughtBy: 'converged',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
