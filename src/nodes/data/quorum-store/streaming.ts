/**
 * A node that joins or leaves, step by step: it announces itself, waits until all know, moves the
 * keys, moves the reads, waits again, and is in or out. `membership.ts` says why.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { RingView, Status } from './membership.ts';
import type { HandOn, Stream } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';

/** What a node does to get in or out, or a dead one out; no more than a status outlives a crash. */
export class Move {
  /** Which node: itself, or a dead one. */
  node: NodeId = '';
  /** A dead node that leaves, and who has taken what this node had of its keys. */
  given: { readonly node: NodeId; readonly takenBy: Set<NodeId> } | null = null;
  /** `in` or `out`, until it is. */
  wish: 'in' | 'out' | null = null;
  /** All have had time to hear that its change is the one that counts. */
  #isKnown = false;
  /** Keys move now, and these nodes have given or got theirs. */
  moved: Set<NodeId> | null = null;

  begin(store: QuorumStore, ctx: Ctx): void {
    const { self, initial } = store.place;
    this.node = self;
    const status = store.membership.statusOf(self);
    const isNew = !initial.includes(self) && store.membership.view[self] === undefined;
    if (isNew || status === 'joining' || status === 'serving') this.wish = 'in';
    if (status === 'leaving' || status === 'retiring') this.wish = 'out';
    if (this.wish !== null) ctx.setTimer('ring', store.settings['ring-delay']);
  }

  /** `ring-delay` is over. */
  step(store: QuorumStore, ctx: Ctx): void {
    const { membership, settings } = store;
    const { active } = membership;
    const status = membership.statusOf(this.node);
    const isOut = this.wish === 'out';
    ctx.setTimer('ring', settings['ring-delay']);
    if (status === 'serving' || status === 'retiring') {
      this.wish = null;
      ctx.cancelTimer('ring');
      this.#moveTo(store, ctx, isOut ? 'left' : 'normal');
      this.node = ctx.self;
      return;
    }
    if (status !== 'joining' && status !== 'leaving') {
      if (active === null) this.#moveTo(store, ctx, isOut ? 'leaving' : 'joining');
    } else if (active !== this.node) {
      this.moved = null;
      this.#isKnown = false;
    } else if (this.#isKnown) {
      this.moved ??= new Set();
      this.ask(store, ctx);
    }
    this.#isKnown = membership.active === this.node;
  }

  /** Sends to whoever has not answered yet; again with each ping. */
  ask(store: QuorumStore, ctx: Ctx): void {
    const { moved } = this;
    if (moved === null) return;
    const others = ctx.peers.filter((peer) => store.membership.statusOf(peer) === 'normal');
    const missing = others.filter((peer) => !moved.has(peer));
    const ring = store.membership.view;
    const { node } = this;
    if (node !== ctx.self && !handOn(store, ctx, node)) missing.push(ctx.self);
    for (const peer of missing) {
      if (peer === ctx.self) continue;
      if (this.wish === 'in') ctx.sendNow(peer, { type: 'wantStream', ring });
      else if (node !== ctx.self) ctx.sendNow(peer, { type: 'handOn', ring, node });
      else sendStream(store, ctx, peer);
    }
    if (missing.length > 0) return;
    this.moved = null;
    this.#moveTo(store, ctx, this.wish === 'in' ? 'serving' : 'retiring');
    ctx.setTimer('ring', store.settings['ring-delay']);
  }

  #moveTo(store: QuorumStore, ctx: Ctx, status: Status): void {
    store.membership.move(this.node, status);
    keepRing(store, ctx);
    ctx.note('ring', { node: this.node, status });
  }
}

function keepRing(store: QuorumStore, ctx: Ctx): void {
  ctx.storage.set('ring', store.membership.view);
}

/** What another node knows of the ring came with its ping. */
export function onRing(store: QuorumStore, ctx: Ctx, view: RingView): void {
  if (store.membership.learn(view)) keepRing(store, ctx);
}

/**
 * Takes a dead node off the ring, as its operator says (Cassandra, `nodetool removenode`). It gives
 * its keys to nobody, so all other copies give theirs: a write that it had acknowledged may be on
 * any one of them alone. Each of them must be up; else the ring waits. Of two that are dead the
 * operator says so in turn, and none is removed without which fewer than n would be left.
 */
export function removeDead(store: QuorumStore, ctx: Ctx, node: NodeId | undefined): void {
  const { membership, move, liveness } = store;
  if (node === undefined || node === ctx.self || liveness.isAlive(node)) return;
  const status = membership.statusOf(node);
  // Begun already: whoever has begun may be dead too.
  const isBegun = status === 'leaving' || status === 'retiring';
  if (move.wish !== null || !(isBegun || store.mayLeave(node))) return;
  move.node = node;
  move.wish = 'out';
  move.step(store, ctx);
}

export function onHandOn(store: QuorumStore, ctx: Ctx, from: NodeId, m: HandOn): void {
  onRing(store, ctx, m.ring);
  if (handOn(store, ctx, m.node)) ctx.send(from, { type: 'handedOn', node: m.node });
}

/** True if those that get keys of the dead node have taken all that this one has of them. */
function handOn(store: QuorumStore, ctx: Ctx, node: NodeId): boolean {
  const { membership, move } = store;
  if (move.given?.node !== node) move.given = { node, takenBy: new Set() };
  let open = 0;
  for (const peer of ctx.peers) {
    if (membership.statusOf(peer) !== 'normal' || move.given.takenBy.has(peer)) continue;
    if (sendStream(store, ctx, peer, node) > 0) open++;
  }
  return open === 0;
}

/**
 * The keys that this node gives up, or has with a dead node, with those that the other one gets.
 * Returns how many.
 */
export function sendStream(store: QuorumStore, ctx: Ctx, to: NodeId, dead?: NodeId): number {
  const entries: (readonly [string, SiblingSet])[] = [];
  const { replica, bug } = store;
  const hinted = dead === undefined ? [] : replica.hintsFor(dead).map(({ key }) => key);
  for (const key of new Set([...replica.keys(), ...hinted])) {
    const { before, after } = store.copiesOf(key);
    const copies = before.filter((node) => node !== dead);
    // The bug: the first copy gives it, whether it has every write or not.
    const gives =
      bug === 'stream-from-any'
        ? copies[0] === ctx.self
        : dead !== undefined || (before.includes(ctx.self) && !after.includes(ctx.self));
    if (gives && after.includes(to) && !before.includes(to)) {
      entries.push([key, dead === undefined ? replica.copy(key) : replica.held(key)]);
    }
  }
  if (dead !== undefined && entries.length === 0) return 0;
  ctx.measure('streamed', entries.length);
  ctx.send(to, { type: 'stream', entries });
  return entries.length;
}

export function onStream(store: QuorumStore, ctx: Ctx, from: NodeId, { entries }: Stream): void {
  for (const [key, set] of entries) store.replica.merge(key, set);
  if (store.move.wish === 'in') onMoved(store, ctx, from);
  else ctx.send(from, { type: 'streamTaken' });
}

/** A node has given its keys to this one, or has taken those of this one. */
export function onMoved(store: QuorumStore, ctx: Ctx, from: NodeId): void {
  store.move.moved?.add(from);
  store.move.given?.takenBy.add(from);
  store.move.ask(store, ctx);
}
