/** The knobs of gossip, and what it declares. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';
import { topologies } from '../../parts/topology.ts';

export const gossipParams = defineParams({
  mode: {
    type: 'choice',
    options: ['push', 'pull', 'push-pull'],
    default: 'push-pull',
    doc: 'Whether a node sends what it knows, asks for what it lacks, or both in one exchange.',
  },
  'fan-out': {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'How many others a node contacts in each round; more is faster and costs more messages.',
  },
  interval: {
    type: 'duration',
    min: 1,
    default: 200,
    doc: 'The time between two rounds of a node. Longer costs less and spreads more slowly.',
  },
  phase: {
    type: 'choice',
    options: ['own', 'synchronous'],
    default: 'own',
    doc: 'Whether each node has its own moment of the interval, or all begin a round together, as in the analysis; an exchange must then fit into the interval.',
  },
  stop: {
    type: 'choice',
    options: ['never', 'blind', 'feedback', 'transmits'],
    default: 'never',
    doc: 'When a node loses interest in news: never, with a chance after each contact, after contacts that knew it already, or after a number of contacts.',
  },
  'stop-after': {
    type: 'integer',
    min: 1,
    default: 2,
    doc: 'The k of `stop`: the chance is 1/k, the contacts are k. A larger one leaves fewer nodes uninformed.',
  },
  topology: {
    type: 'choice',
    options: topologies,
    default: 'total',
    doc: 'The nodes that a node may contact: all others, or its neighbours in a graph.',
  },
  digest: {
    type: 'choice',
    options: ['full', 'hashes'],
    default: 'full',
    doc: 'How a node that asks says what it has: names and stamps, or a hash of 4 bytes each.',
  },
  mtu: {
    type: 'bytes',
    min: 100,
    default: 1400,
    doc: 'The size of a message: what does not fit waits for the next contact.',
  },
  tombstone: {
    type: 'duration',
    min: 1,
    default: 3_600_000,
    doc: 'How long the mark of a deleted key is kept. Shorter than the slowest spread, old values come back.',
  },
});

export type GossipParams = Params<typeof gossipParams>;

export const gossipBugs = {
  'drop-after-first-send': {
    doc: 'A node loses interest in news after its first contact, whatever `stop` says.',
    caughtBy: 'delivered',
  },
  'counter-never-reset': {
    doc: 'With `stop: feedback`, contacts that knew the news add up, also when others in between did not.',
    caughtBy: 'residue',
  },
  'no-tombstone': {
    doc: 'A deleted key is forgotten at once, so that an old value of it comes back.',
    caughtBy: 'no-lost-writes',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type GossipBug = keyof typeof gossipBugs;

export const gossipNotes = {
  learns: {
    doc: 'A node knows an item that it did not know.',
    detail: { item: 'The message, or the key with the time of its stamp.' },
  },
} as const satisfies NoteTable;

export const gossipMeasures = {
  'items-sent': { sort: 'count', doc: 'Copies of items that it sent: the traffic of an epidemic.' },
  hot: { sort: 'gauge', unit: 'count', doc: 'Items that it is still interested to pass on.' },
} as const satisfies MeasureTable;
