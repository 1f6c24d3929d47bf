/** The knobs of Merkle anti-entropy, and what it declares. */
import type { MeasureTable } from '../../../sim/measure.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const merkleParams = defineParams({
  depth: {
    type: 'integer',
    min: 1,
    max: 16,
    default: 10,
    doc: 'Levels below the root. Deeper finds smaller ranges and sends more hashes: Cassandra has 15.',
  },
  'fan-out': {
    type: 'integer',
    min: 2,
    max: 16,
    default: 2,
    doc: 'Children of a node. More need fewer round trips and send more hashes.',
  },
  'keys-per-leaf': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'A range that differs and has no more keys than this is sent as it is, and not divided further. Absent: ranges are divided down to `depth`.',
  },
  exchange: {
    type: 'choice',
    options: ['walk', 'whole', 'full'],
    default: 'walk',
    doc: 'How two replicas compare: level by level where hashes differ, by the hashes of all leaves at once, or by sending everything.',
  },
  interval: {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'How often a member compares itself with another one.',
  },
  'hash-bytes': {
    type: 'integer',
    min: 1,
    default: 16,
    doc: 'What a hash costs in a message, with the number of its node.',
  },
  replicate: {
    type: 'boolean',
    default: true,
    doc: 'Whether a write is sent to the others at once; without, they learn of it by comparing alone.',
  },
});

export type MerkleParams = Params<typeof merkleParams>;

export const merkleBugs = {
  'hash-ignores-tombstone': {
    doc: 'A deletion does not change the hashes: a replica that missed it looks the same, and keeps the old value.',
    caughtBy: 'converged',
  },
  'stale-tree': {
    doc: 'Repairs do not update the hashes: the same ranges differ forever.',
    caughtBy: 'bytes',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type MerkleBug = keyof typeof merkleBugs;

export const merkleMeasures = {
  'hashes-sent': { sort: 'count', doc: 'Hashes of nodes of the tree that it sent.' },
  'keys-sent': {
    sort: 'count',
    doc: 'Keys of ranges that differ, or of everything, that it sent.',
  },
  repaired: { sort: 'count', doc: 'Keys that were old or missing here and came by comparing.' },
} as const satisfies MeasureTable;
