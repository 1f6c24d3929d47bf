/** The knobs of a two-phase commit. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  presume: {
    type: 'choice',
    doc: 'What a transaction means that the coordinator has never heard of: `nothing` logs all, `abort` logs commits, `commit` logs who takes part.',
    options: ['nothing', 'abort', 'commit'],
    default: 'abort',
  },
  'vote-timeout': {
    type: 'duration',
    doc: 'How long the coordinator waits for votes before it aborts.',
    default: 5000,
    min: 1,
  },
  'in-doubt': {
    type: 'choice',
    doc: 'Who is asked by a participant in doubt: the coordinator, or the other participants too (cooperative termination).',
    options: ['ask-coordinator', 'ask-peers'],
    default: 'ask-coordinator',
  },
  'ask-every': {
    type: 'duration',
    doc: 'How often questions and unacknowledged decisions are sent again.',
    default: 1000,
    min: 1,
  },
  heuristic: {
    type: 'choice',
    doc: 'What a participant decides alone when it has been in doubt for `heuristic-after`: this tears transactions apart.',
    options: ['none', 'commit', 'abort'],
    default: 'none',
  },
  'heuristic-after': {
    type: 'duration',
    doc: 'How long a participant is in doubt, or after a reboot still is, before it decides alone.',
    default: 10000,
    min: 1,
  },
  'read-only-votes': {
    type: 'boolean',
    doc: 'A participant that only reads logs nothing, and hears no decision.',
    default: true,
  },
  'one-phase': {
    type: 'boolean',
    doc: 'The only participant of a transaction decides alone, without being asked first.',
    default: true,
  },
  'lock-timeout': {
    type: 'duration',
    doc: 'How long a transaction waits for a lock before its participant votes no; it ends deadlocks.',
    default: 1000,
    min: 1,
  },
  'op-time': {
    type: 'duration',
    doc: 'How long each operation of a transaction takes at its participant, under the lock.',
    default: 1,
    min: 0,
  },
  accounts: {
    type: 'integer',
    doc: 'How many accounts there are, `k1` and up, dealt out to the participants in turn.',
    default: 8,
    min: 2,
    max: 10000,
  },
  balance: {
    type: 'integer',
    doc: 'What each account has at the beginning.',
    default: 100,
    min: 0,
  },
});

export type Settings = Params<typeof params>;

/** The names of all accounts, as workloads name their keys. */
export function accountNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `k${i + 1}`);
}

/** The accounts of each participant: dealt out in turn. */
export function dealOut<P>(count: number, participants: readonly P[]): ReadonlyMap<string, P> {
  const owners = new Map<string, P>();
  for (const [i, account] of accountNames(count).entries()) {
    owners.set(account, participants[i % participants.length] as P);
  }
  return owners;
}
