/**
 * Anti-entropy (Dynamo, section 4.7; Demers et al. 1987): two nodes compare the keys that both keep
 * by trees of hashes, and exchange what differs. It finds what no read and no hint has repaired.
 */
import type { NodeId } from '../../../sim/node.ts';
import { differing, leafHashes, leafOf, rootHash } from '../../parts/hash-tree.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import { compareDots } from '../../parts/version-vector.ts';
import type { TreeEntries, TreeLeaves, TreeRoot } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';

/** Begins a comparison with one of the nodes that are alive. */
export function compareWithOne(store: QuorumStore, ctx: Ctx): void {
  const alive = ctx.peers.filter((peer) => store.liveness.isAlive(peer));
  if (alive.length === 0) return;
  const peer = ctx.random.pick(alive);
  ctx.sendNow(peer, { type: 'treeRoot', root: rootHash(leavesWith(store, peer)) });
}

export function onTreeRoot(store: QuorumStore, ctx: Ctx, from: NodeId, m: TreeRoot): void {
  const leaves = leavesWith(store, from);
  if (rootHash(leaves) !== m.root) ctx.sendNow(from, { type: 'treeLeaves', leaves });
}

export function onTreeLeaves(store: QuorumStore, ctx: Ctx, from: NodeId, m: TreeLeaves): void {
  const leaves = differing(leavesWith(store, from), m.leaves);
  if (leaves.length > 0) sendEntries(store, ctx, from, leaves, true);
}

export function onTreeEntries(store: QuorumStore, ctx: Ctx, from: NodeId, m: TreeEntries): void {
  for (const [key, set] of m.entries) store.replica.merge(key, set);
  if (m.answer) sendEntries(store, ctx, from, m.leaves, false);
}

function sendEntries(
  store: QuorumStore,
  ctx: Ctx,
  to: NodeId,
  leaves: readonly number[],
  answer: boolean,
): void {
  const entries = sharedKeys(store, to)
    .filter((key) => leaves.includes(leafOf(key)))
    .map((key) => [key, store.replica.copy(key)] as const);
  ctx.measure('exchanged', entries.length);
  ctx.send(to, { type: 'treeEntries', leaves, entries, answer });
}

function leavesWith(store: QuorumStore, peer: NodeId): number[] {
  return leafHashes(
    sharedKeys(store, peer).map((key) => [key, digestOf(store.replica.copy(key))] as const),
  );
}

/** The keys of which both should have a copy. */
function sharedKeys(store: QuorumStore, peer: NodeId): readonly string[] {
  const { self } = store.place;
  return [...store.replica.keys()].filter((key) => {
    const replicas = store.writersOf(key);
    return replicas.includes(peer) && replicas.includes(self);
  });
}

/** The same text for the same set, in whatever order it came to be. */
function digestOf({ context, siblings }: SiblingSet): string {
  const vector = Object.entries(context.vector).sort(([a], [b]) => (a < b ? -1 : 1));
  const dots = siblings.toSorted((a, b) => compareDots(a.dot, b.dot));
  return JSON.stringify([vector, context.dots, dots.map(({ dot, stampMs }) => [dot, stampMs])]);
}
