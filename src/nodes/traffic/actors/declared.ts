/** The knobs of a server of actors, what it measures and notes, and mistakes to switch on. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams } from '../../../sim/params.ts';
import type { Invariant, KnownBug } from '../../../sim/system.ts';
import { RESTARTS, STRATEGIES } from './supervisor.ts';

export const actorsParams = defineParams({
  actors: {
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 4,
    doc: 'Actors, among which keys are spread by their hash; they work side by side.',
  },
  'service-time': {
    type: 'distribution',
    default: { kind: 'constant', value: 1 },
    doc: 'How long an actor works on one message.',
  },
  mailbox: {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'Messages that may wait in one mailbox; absent, it has no end.',
  },
  'when-full': {
    type: 'choice',
    options: ['drop-new', 'drop-old', 'back-pressure'],
    default: 'drop-new',
    doc: 'What gives way in a full mailbox: the new message, the oldest one, or the sender, who waits for room.',
  },
  'ask-timeout': {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'How long an answer is waited for; the message stays in the mailbox all the same. Absent: as long as it takes.',
  },
  'crash-chance': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: 'The chance of each message to crash its actor.',
  },
  poison: { type: 'text', optional: true, doc: 'The key whose messages crash their actor.' },
  ends: {
    type: 'text',
    optional: true,
    doc: 'The key whose messages end their actor in good order.',
  },
  strategy: {
    type: 'choice',
    options: STRATEGIES,
    default: 'one-for-one',
    doc: 'Who is started again with an actor that ended: nobody else, all, or those that were started after it.',
  },
  restart: {
    type: 'choice',
    options: RESTARTS,
    default: 'permanent',
    doc: 'Whether an actor is started again: always, only after a crash, or never.',
  },
  'max-restarts': {
    type: 'integer',
    min: 0,
    default: 1,
    doc: 'With more restarts than this `within` the time the supervisor ends, and all actors with it.',
  },
  within: { type: 'duration', min: 0, default: 5000, doc: 'The time of `max-restarts`.' },
  'restart-time': {
    type: 'duration',
    min: 0,
    default: 10,
    doc: 'How long it takes to start actors again.',
  },
  'keep-mailbox': {
    type: 'boolean',
    default: false,
    doc: 'Whether messages that wait survive a restart, as with Akka; with Erlang they are lost with the process.',
  },
  'parent-restart': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How long after the end of the supervisor its own supervisor starts it again; absent, never.',
  },
});

export const measures = {
  mailbox: { sort: 'gauge', unit: 'count', doc: 'Messages that wait in mailboxes.' },
  served: { sort: 'count', doc: 'Messages that were handled.' },
  dropped: { sort: 'count', doc: 'Messages that a full mailbox did not take, or gave up.' },
  'dead-letters': { sort: 'count', doc: 'Messages whose actor is gone.' },
  'ask-timeouts': { sort: 'count', doc: 'Answers that came later than `ask-timeout`, or never.' },
  crashes: { sort: 'count', doc: 'Actors that crashed.' },
  restarts: { sort: 'count', doc: 'How often the supervisor started actors again.' },
  escalations: { sort: 'count', doc: 'How often the supervisor ended.' },
} as const satisfies MeasureTable;

export const notes = {
  restarted: {
    doc: 'The supervisor starts actors again.',
    detail: { actors: 'How many of them.' },
  },
  escalated: { doc: 'The supervisor has ended, and all actors with it.', detail: {} },
} as const satisfies NoteTable;

export type Bug = 'keep-poison' | 'two-at-once';

export const bugs = {
  'keep-poison': {
    doc: 'The message that crashed an actor is handed to the one started in its place.',
    caughtBy: 'escalations',
  },
  'two-at-once': {
    doc: 'An actor takes the next message before it is done with the last.',
    caughtBy: 'one at a time',
  },
} as const satisfies { readonly [B in Bug]: KnownBug };

export const oneAtATime: Invariant = {
  name: 'one at a time',
  source: 'Hewitt, Bishop and Steiger 1973, A Universal Modular ACTOR Formalism',
  check(views) {
    for (const [node, { atOnce }] of views) {
      if (Number(atOnce) > 1) return `an actor of ${node} works on ${atOnce} messages at once`;
    }
    return null;
  },
};
