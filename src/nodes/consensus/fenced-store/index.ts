/** A store that refuses old fencing tokens, as a kind of node. */
import lock from '../../../interfaces/lock.ts';
import { defineParams } from '../../../sim/params.ts';
import { defineSystem } from '../../../sim/system.ts';
import { FencedStore } from './fenced-store.ts';

export default defineSystem({
  name: 'fenced-store',
  title: 'Fenced store',
  summary:
    'Registers whose writes show the token of a lock; an older token than one seen is refused.',
  sources: [
    'Burrows 2006, The Chubby lock service for loosely-coupled distributed systems (OSDI), section 2.4: sequencers',
    'Kleppmann 2016, How to do distributed locking: fencing tokens',
  ],
  answers: [lock],
  claims: [],
  params: defineParams({
    fence: {
      type: 'boolean',
      default: true,
      doc: 'Whether tokens are compared. Without, a holder of the past overwrites the present one.',
    },
  }),
  bugs: {
    'no-token-check': {
      doc: 'Tokens are taken and not compared.',
      caughtBy: 'fenced',
    },
    'fence-in-memory': {
      doc: 'The highest token is forgotten in a crash, so that an old one passes after it.',
      caughtBy: 'fenced',
    },
  },
  notes: {
    'refuses stale': {
      doc: 'A write showed a token older than one that was seen.',
      detail: { token: 'The token of the write.' },
    },
  },
  invariants: [],
  refuse: (_params, members) => (members === 1 ? null : 'works alone: count must be 1'),
  create: ({ fence }, _place, bug) =>
    new FencedStore({
      fence: fence && bug !== 'no-token-check',
      durable: bug !== 'fence-in-memory',
    }),
});
