/** The knobs of a server of threads, what it measures and notes, and mistakes to switch on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams } from '../../../sim/params.ts';
import { serviceMeasures } from '../../../sim/service.ts';
import type { Invariant, KnownBug } from '../../../sim/system.ts';
import { TURNS } from './lock.ts';

export const threadsParams = defineParams({
  workers: {
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 16,
    doc: 'Threads: requests that are worked on at a time.',
  },
  queue: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Requests that may wait for a thread; absent, any number.',
  },
  guard: {
    type: 'choice',
    options: ['mutex', 'read-write', 'semaphore', 'monitor'],
    default: 'mutex',
    doc: 'What guards the data that threads share: one at a time, many readers or one writer, some at a time, or a bounded buffer with conditions.',
  },
  locks: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'Locks, among which keys are spread by their hash: the more, the less threads meet.',
  },
  turn: {
    type: 'choice',
    options: TURNS,
    default: 'hand-over',
    doc: 'Who gets a lock next: the one that has waited longest, whoever comes first, or readers or writers before the others.',
  },
  outside: {
    type: 'distribution',
    default: { kind: 'constant', value: 0 },
    doc: 'How long a request works before it takes a lock.',
  },
  hold: {
    type: 'distribution',
    default: { kind: 'constant', value: 1 },
    doc: 'How long it works while it holds it.',
  },
  switch: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a thread that is woken takes until it runs.',
  },
  reads: {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: '`read-write`: the share of requests that only read. `monitor`: of those that take from the buffer; the others put.',
  },
  permits: {
    type: 'integer',
    min: 1,
    default: 4,
    doc: '`semaphore`: threads that may be inside at once.',
  },
  capacity: { type: 'integer', min: 1, default: 10, doc: '`monitor`: items in the buffer.' },
  pairs: {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: 'The share of requests that need a second lock in the middle of their work, as a transfer between two accounts does.',
  },
  depth: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'How often a request enters the same section, one inside the other.',
  },
  're-entrant': {
    type: 'boolean',
    default: true,
    doc: 'Whether the holder of a lock may enter again; else it waits for itself.',
  },
  'lock-timeout': {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'How long a lock is waited for before the request is given up; absent, forever.',
  },
  detect: {
    type: 'boolean',
    default: false,
    doc: 'Whether a thread that would close a cycle of waiting gives up instead, and the cycle is noted.',
  },
});

export const measures = {
  ...serviceMeasures,
  'lock-wait': { sort: 'sample', unit: 'ms', doc: 'How long a lock was waited for.' },
  deadlocks: {
    sort: 'count',
    doc: 'Cycles of threads that wait for each other, found by `detect`.',
  },
  'lock-timeouts': { sort: 'count', doc: 'Locks that were waited for too long.' },
} as const satisfies MeasureTable;

export const notes = {
  deadlock: {
    doc: 'Threads wait for each other in a circle.',
    detail: { cycle: 'The threads, each of which waits for the next.' },
  },
} as const satisfies NoteTable;

export type Bug = 'lock-order' | 'if-not-while' | 'lost-wakeup';

export const bugs = {
  'lock-order': {
    doc: 'Two locks are taken in the order in which they are asked for, not in one order for all.',
    caughtBy: 'availability',
  },
  'if-not-while': {
    doc: '`monitor`: a thread that was woken does not look again whether it may go on.',
    caughtBy: 'a buffer within its bounds',
  },
  'lost-wakeup': {
    doc: '`monitor`: only the first item, or the first free place, wakes somebody.',
    caughtBy: 'nobody sleeps on',
  },
} as const satisfies { readonly [B in Bug]: KnownBug };

export const withinBounds: Invariant = {
  name: 'a buffer within its bounds',
  source: 'Hoare 1974, Monitors: An Operating System Structuring Concept (CACM)',
  check(views) {
    for (const [node, { items = 0, capacity = 0 }] of views) {
      const held = Number(items);
      if (held < 0) return `${node} took from an empty buffer`;
      if (held > Number(capacity)) return `the buffer of ${node} has ${held} items, of ${capacity}`;
    }
    return null;
  },
};

export const noneSleepsOn: Invariant = {
  name: 'nobody sleeps on',
  source: 'Lampson and Redell 1980, Experience with Processes and Monitors in Mesa (CACM)',
  check(views) {
    for (const [node, { couldGo = 0 }] of views) {
      if (Number(couldGo) > 0) return `a thread of ${node} sleeps though it could go on`;
    }
    return null;
  },
};
