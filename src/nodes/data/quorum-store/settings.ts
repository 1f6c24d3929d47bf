/** The knobs of a quorum store, and what they mean together. */
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Claim } from '../../../sim/system.ts';
import { LEVEL_NAMES, needOfLevel } from './levels.ts';

export const params = defineParams({
  n: {
    type: 'integer',
    doc: 'Copies of each key; more survive more failures, and cost as many messages.',
    default: 3,
    min: 1,
    max: 64,
  },
  r: {
    type: 'integer',
    doc: 'Copies that must answer a read. With r + w > n a read meets the last write that was acknowledged.',
    default: 2,
    min: 1,
    max: 64,
  },
  w: {
    type: 'integer',
    doc: 'Copies that must acknowledge a write before it is answered.',
    default: 2,
    min: 1,
    max: 64,
  },
  'read-level': {
    type: 'choice',
    options: LEVEL_NAMES,
    doc: 'What a read needs that names no level itself, in place of r.',
    optional: true,
  },
  'write-level': {
    type: 'choice',
    options: LEVEL_NAMES,
    doc: 'What a write needs that names no level itself, in place of w.',
    optional: true,
  },
  pr: {
    type: 'integer',
    doc: 'Of the r answers, how many must come from the first n nodes of the ring, and not from stand-ins.',
    default: 0,
    min: 0,
    max: 64,
  },
  pw: {
    type: 'integer',
    doc: 'Of the w acknowledgements, how many must come from the first n nodes of the ring.',
    default: 0,
    min: 0,
    max: 64,
  },
  sloppy: {
    type: 'boolean',
    doc: 'Whether the next nodes of the ring stand in for silent ones, and count: available, and reads may miss writes.',
    default: true,
  },
  hints: {
    type: 'boolean',
    doc: 'Whether what a silent node misses is kept for it as a hint, and handed over when it is back.',
    default: true,
  },
  'hint-window': {
    type: 'duration',
    doc: 'No hints are kept for a node that has been silent for longer; anti-entropy must bring it up to date.',
    default: 10_800_000,
    min: 1,
  },
  'handoff-every': {
    type: 'duration',
    doc: 'How often hints are offered to nodes that are back.',
    default: 1000,
    min: 1,
  },
  'read-repair': {
    type: 'choice',
    options: ['none', 'async', 'blocking'],
    doc: 'Whether a read brings old copies up to date: never, after its answer, or before it, so that no later read can go back.',
    default: 'async',
  },
  versions: {
    type: 'choice',
    options: ['lww', 'vector', 'dotted'],
    doc: 'What concurrent writes become: the latest by the clocks of coordinators, or siblings by version vectors, plain or dotted.',
    default: 'dotted',
  },
  prune: {
    type: 'integer',
    doc: 'With `versions: vector`, the most actors that a vector keeps; those with the fewest events go. 0: all. Pruning makes siblings that nobody can tell apart.',
    default: 0,
    min: 0,
    max: 1000,
  },
  vnodes: {
    type: 'integer',
    doc: 'Tokens of each node on the ring; more spread the keys more evenly.',
    default: 16,
    min: 1,
    max: 1024,
  },
  placement: {
    type: 'choice',
    options: ['ring', 'zones'],
    doc: 'Where copies are: on the next nodes of the ring, or spread over as many regions as there are.',
    default: 'ring',
  },
  'anti-entropy': {
    type: 'duration',
    doc: 'How often a node compares its keys with another one, by a tree of hashes. Absent: never.',
    optional: true,
    min: 1,
  },
  'gc-grace': {
    type: 'duration',
    doc: 'How old a tombstone gets before it is dropped; a copy that was away for longer brings deleted values back.',
    default: 864_000_000,
    min: 1,
  },
  heartbeat: {
    type: 'duration',
    doc: 'How often nodes show each other that they are alive.',
    default: 200,
    min: 1,
  },
  'suspect-after': {
    type: 'duration',
    doc: 'A node that was silent for so long is taken for dead: it is not asked, and others stand in for it.',
    default: 1000,
    min: 1,
  },
  merge: {
    type: 'choice',
    options: ['union', 'none'],
    doc: 'What a set or a list is whose copies were changed apart: all elements of all siblings; or those of the latest sibling alone.',
    default: 'union',
  },
  'ring-delay': {
    type: 'duration',
    doc: 'How long a node that joins or leaves waits in each step until all others know of it.',
    default: 2000,
    min: 1,
  },
  timeout: {
    type: 'duration',
    doc: 'How long a coordinator waits for enough copies before it answers `timeout`.',
    default: 500,
    min: 1,
  },
});

export type Settings = Params<typeof params>;

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings(given: Settings, members: number): string | null {
  const { n, r, w, pr, pw, heartbeat } = given;
  if (n > members) return `n: ${n} needs at least as many nodes, and there are ${members}`;
  if (r > n || w > n) return `r and w may not be more than n, which is ${n}`;
  if (pr > r || pw > w) return 'pr may not be more than r, nor pw more than w';
  if (given['suspect-after'] <= heartbeat) return 'suspect-after must be longer than heartbeat';
  if (given['ring-delay'] < 2 * heartbeat) {
    return 'ring-delay must be twice the heartbeat, which brings the news, or longer';
  }
  if (given.prune > 0 && given.versions !== 'vector') return 'prune is for versions: vector';
  return null;
}

/**
 * How many nodes must be up for every key to be served. With stand-ins any nodes will do; without,
 * those that are down may hold at most n - max(r, w) copies of a key.
 */
export function nodesNeeded(given: Settings, members: number): number {
  const { n, r, w, pr, pw, sloppy } = given;
  const most = Math.max(
    copiesOf(given['read-level'], n) ?? r,
    copiesOf(given['write-level'], n) ?? w,
  );
  if (sloppy && pr === 0 && pw === 0) return most;
  const primaries = sloppy ? Math.max(pr, pw) : most;
  return Math.max(most, members - (n - primaries));
}

/**
 * With one value of each key, and clocks that agree: quorums that share a copy show every read the
 * last write, and with blocking read repair no later read goes back either (Attiya, Bar-Noy, Dolev
 * 1995).
 */
export function promisesOf(given: Settings): readonly Claim[] {
  const eventual = { checker: 'eventual', whilePartitioned: 'holds' } as const;
  if (given.sloppy || given.versions !== 'lww' || !shareACopy(given)) return [eventual];
  // What a read writes back must be met by every later read: those of one region meet no other's.
  const { n, r, 'read-level': level } = given;
  const meets = level?.startsWith('local-') !== true && 2 * (copiesOf(level, n) ?? r) > n;
  const atomic = given['read-repair'] === 'blocking' && meets;
  return [{ checker: atomic ? 'linearizable' : 'regular', whilePartitioned: 'holds' }, eventual];
}

/** Whether every read asks a copy that had every write that was acknowledged. */
function shareACopy(given: Settings): boolean {
  const { n, 'read-level': read, 'write-level': write } = given;
  if (write === 'any') return false;
  if (read?.startsWith('local-') || write?.startsWith('local-')) {
    const levels = [read, write];
    if (levels.includes('all')) return true;
    return levels.includes('local-quorum') && levels.includes('each-quorum');
  }
  return (copiesOf(read, n) ?? given.r) + (copiesOf(write, n) ?? given.w) > n;
}

/** Copies that a level needs where all are in one region; null without a level. */
function copiesOf(level: string | undefined, n: number): number | null {
  if (level === undefined) return null;
  const replicas = Array.from({ length: n }, (_, i) => `${i}`);
  return needOfLevel(level, { replicas, here: null, regionOf: () => null })?.total ?? null;
}
