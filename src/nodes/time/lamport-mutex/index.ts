/** Mutual exclusion by Lamport clocks, as a kind of node. */
import lock from '../../../interfaces/lock.ts';
import type { Detail } from '../../../sim/node.ts';
import { defineParams } from '../../../sim/params.ts';
import { defineSystem } from '../../../sim/system.ts';
import { LamportMutex } from './lamport-mutex.ts';

interface MutexView extends Detail {
  readonly holds: readonly string[];
}

export default defineSystem({
  name: 'lamport-mutex',
  title: 'Lamport mutex',
  summary: 'Members exclude each other without a leader, in the order of their Lamport times.',
  sources: [
    'Lamport 1978, Time, Clocks, and the Ordering of Events in a Distributed System (CACM 21)',
    'Ricart, Agrawala 1981, An Optimal Algorithm for Mutual Exclusion in Computer Networks (CACM 24)',
  ],
  answers: [lock],
  claims: [],
  params: defineParams({
    variant: {
      type: 'choice',
      options: ['lamport', 'ricart-agrawala'],
      default: 'lamport',
      doc: 'Whether all acknowledge at once and hear who is out, or acknowledge only once they are out themselves, which saves a third of the messages.',
    },
  }),
  bugs: {
    'no-order': {
      doc: 'Messages are handled as they come: an acknowledgement may overtake an earlier request.',
      caughtBy: 'one-holder',
    },
  },
  notes: {
    holds: {
      doc: 'A member is in: a client of it has the lock.',
      detail: { key: 'The lock.', token: 'Its token.' },
    },
    'lets go': { doc: 'It is out again.', detail: { key: 'The lock.' } },
  },
  invariants: [
    {
      name: 'one-holder',
      source: 'Lamport 1978, condition I of the example',
      check(views) {
        const holders = new Map<string, string>();
        for (const [node, view] of views) {
          for (const key of (view as MutexView).holds) {
            const other = holders.get(key);
            if (other !== undefined) return `${other} and ${node} both hold ${key}`;
            holders.set(key, node);
          }
        }
        return null;
      },
    },
  ],
  quorum: (_params, members) => members,
  create: ({ variant }, place, bug) =>
    new LamportMutex({ variant, keepsOrder: bug !== 'no-order' }, place),
});
