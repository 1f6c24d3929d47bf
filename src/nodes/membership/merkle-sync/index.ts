/** Anti-entropy by Merkle trees, as a kind of node. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { MerkleSync } from './merkle-sync.ts';
import { type MerkleBug, merkleBugs, merkleMeasures, merkleParams } from './settings.ts';

/** More leaves than this make a tree that no replica of a simulation needs. */
const LEAVES_MAX = 65_536;

export default defineSystem({
  name: 'merkle-sync',
  title: 'Merkle anti-entropy',
  summary:
    'Replicas find the ranges in which they differ by comparing hashes, and send nothing else.',
  sources: [
    "DeCandia et al. 2007, Dynamo: Amazon's Highly Available Key-value Store (SOSP), section 4.7",
    'Merkle 1987, A Digital Signature Based on a Conventional Encryption Function (CRYPTO)',
  ],
  answers: [register],
  claims: [],
  params: merkleParams,
  bugs: merkleBugs,
  measures: merkleMeasures,
  invariants: [],
  refuse: ({ depth, 'fan-out': fanOut }) => {
    let leaves = 1;
    for (let level = 0; level < depth && leaves <= LEAVES_MAX; level++) leaves *= fanOut;
    return leaves <= LEAVES_MAX ? null : `fan-out and depth make more than ${LEAVES_MAX} leaves`;
  },
  create: (params, place, bug) => new MerkleSync(params, place, bug as MerkleBug | null),
});
