/** The knobs of Redlock, its mistakes and notes. Defaults as Redis documents them. */
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const redlockParams = defineParams({
  ttl: {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'How long the masters keep a lock; the holder may count on less by what it took to get it.',
  },
  'master-timeout': {
    type: 'duration',
    min: 1,
    default: 50,
    doc: 'How long one master is waited for. Short against `ttl`: a master that is down must not cost the lock.',
  },
  retries: {
    type: 'integer',
    min: 0,
    default: 3,
    doc: 'How often it tries again without a majority.',
  },
  'retry-delay': {
    type: 'duration',
    min: 1,
    default: 200,
    doc: 'The mean time between tries; each is drawn between half of it and one and a half.',
  },
  drift: {
    type: 'ratio',
    min: 0,
    max: 0.5,
    default: 0.01,
    doc: 'By how much clocks may run apart: a lock is valid for that share of `ttl` less, and 2 ms.',
  },
  persist: {
    type: 'choice',
    options: ['sync', 'never', 'delayed-restart'],
    default: 'sync',
    doc: 'Whether a master has its locks on disk before it answers; not at all; or not, and it stays silent for one `ttl` after a restart.',
  },
  'lease-clock': {
    type: 'choice',
    options: ['wall', 'monotonic'],
    default: 'wall',
    doc: 'Whether masters expire locks by the time of day, as Redis does, or by a clock that never jumps.',
  },
});

export const redlockBugs = {
  'release-without-value': {
    doc: 'A release takes the lock away whoever has it: a late one frees that of the next holder.',
    caughtBy: 'holders at once',
  },
  'validity-is-ttl': {
    doc: 'The time that it took to get the lock is not taken off: the holder counts on it for too long.',
    caughtBy: 'holders at once',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type RedlockBug = keyof typeof redlockBugs;

export const redlockNotes = {
  holds: {
    doc: 'A majority of masters has given a lock to an asker.',
    detail: { key: 'The lock.', token: 'The random value.', masters: 'How many gave it.' },
  },
  'lets go': { doc: 'A holder has released it.', detail: { key: 'The lock.' } },
  'gives up': {
    doc: 'No majority gave the lock, however often it tried.',
    detail: { key: 'The lock.' },
  },
} as const satisfies NoteTable;
