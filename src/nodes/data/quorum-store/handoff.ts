/**
 * Hinted hand-off (Dynamo, section 4.6): what a silent node misses is kept for it, with its own
 * stamp and context, and brought home when it is heard again.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { Handoff, HandoffDone, Store } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';

/** Keeps a hint, unless there are none or the node is gone for too long. True if it did. */
export function storeHint(
  store: QuorumStore,
  ctx: Ctx,
  node: NodeId,
  key: string,
  set: SiblingSet,
): boolean {
  const { settings, replica, liveness } = store;
  if (!settings.hints) return false;
  const goneMs = ctx.elapsed() - liveness.lastHeardMs(node);
  if (goneMs > settings['hint-window']) return false;
  if (replica.hintsFor(node).length === 0) ctx.note('keeps a hint', { node });
  replica.keepHint(node, key, set);
  store.showHints(ctx);
  return true;
}

/** Another node's write, for this node's copy, or for it to keep. */
export function onStore(store: QuorumStore, ctx: Ctx, from: NodeId, m: Store): void {
  if (m.hintFor === null) store.replica.merge(m.key, m.set);
  else if (!storeHint(store, ctx, m.hintFor, m.key, m.set)) return;
  // A repair that nobody waits for has number 0.
  if (m.op !== 0) ctx.send(from, { type: 'stored', op: m.op });
}

export function offerHints(store: QuorumStore, ctx: Ctx, node: NodeId): void {
  const hints = store.replica.hintsFor(node);
  if (hints.length === 0) return;
  ctx.note('hands over', { node });
  for (const { key, set, number } of hints) {
    // The bug: the hint counts as written now.
    const home = store.bug === 'restamp-hints' ? restamped(set, store.stampMs(ctx)) : set;
    ctx.sendNow(node, { type: 'handoff', key, set: home, hint: number });
  }
}

function restamped({ context, siblings }: SiblingSet, stampMs: number): SiblingSet {
  return { context, siblings: siblings.map((sibling) => ({ ...sibling, stampMs })) };
}

export function onHandoff(store: QuorumStore, ctx: Ctx, from: NodeId, m: Handoff): void {
  store.replica.merge(m.key, m.set);
  ctx.send(from, { type: 'handoffDone', key: m.key, hint: m.hint });
}

export function onHandoffDone(store: QuorumStore, ctx: Ctx, from: NodeId, m: HandoffDone): void {
  if (!store.replica.dropHint(from, m.key, m.hint)) return;
  ctx.measure('handed-over');
  store.showHints(ctx);
}
