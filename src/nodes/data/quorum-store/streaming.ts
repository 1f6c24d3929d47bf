/**
 * A node that joins or leaves, step by step: it announces itself, waits until all know, moves the
 * keys, moves the reads, waits again, and is in or out. `membership.ts` says why.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { RingView, Status } from './membership.ts';
import type { Stream } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';

/** What this node does to get in or out; nothing of it outlives a crash but its status. */
export class Move {
  /** `in` or `out`, until it is. */
  wish: 'in' | 'out' | null = null;
  /** All have had time to hear that its change is the one that counts. */
  #isKnown = false;
  /** Keys move now, and these nodes have given or got theirs. */
  moved: Set<NodeId> | null = null;

  begin(store: QuorumStore, ctx: Ctx): void {
    const { self, initial } = store.place;
    const status = store.membership.statusOf(self);
    const isNew = !initial.includes(self) && store.membership.view[self] === undefined;
    if (isNew || status === 'joining' || status === 'serving') this.wish = 'in';
    if (status === 'leaving' || status === 'retiring') this.wish = 'out';
    if (this.wish !== null) ctx.setTimer('ring', store.settings['ring-delay']);
  }

  /** `ring-delay` is over. */
  step(store: QuorumStore, ctx: Ctx): void {
    const { membership, settings, place } = store;
    const { active } = membership;
    const status = membership.statusOf(place.self);
    const isOut = this.wish === 'out';
    ctx.setTimer('ring', settings['ring-delay']);
    if (status === 'serving' || status === 'retiring') {
      this.wish = null;
      ctx.cancelTimer('ring');
      return this.#moveTo(store, ctx, isOut ? 'left' : 'normal');
    }
    if (status !== 'joining' && status !== 'leaving') {
      if (active === null) this.#moveTo(store, ctx, isOut ? 'leaving' : 'joining');
    } else if (active !== place.self) {
      this.moved = null;
      this.#isKnown = false;
    } else if (this.#isKnown) {
      this.moved ??= new Set();
      this.ask(store, ctx);
    }
    this.#isKnown = membership.active === place.self;
  }

  /** Sends to whoever has not answered yet; again with each ping. */
  ask(store: QuorumStore, ctx: Ctx): void {
    const { moved } = this;
    if (moved === null) return;
    const others = ctx.peers.filter((peer) => store.membership.statusOf(peer) === 'normal');
    const missing = others.filter((peer) => !moved.has(peer));
    const ring = store.membership.view;
    for (const peer of missing) {
      if (this.wish === 'in') ctx.sendNow(peer, { type: 'wantStream', ring });
      else sendStream(store, ctx, peer);
    }
    if (missing.length > 0) return;
    this.moved = null;
    this.#moveTo(store, ctx, this.wish === 'in' ? 'serving' : 'retiring');
    ctx.setTimer('ring', store.settings['ring-delay']);
  }

  #moveTo(store: QuorumStore, ctx: Ctx, status: Status): void {
    store.membership.move(ctx.self, status);
    keepRing(store, ctx);
    ctx.note('ring', { node: ctx.self, status });
  }
}

function keepRing(store: QuorumStore, ctx: Ctx): void {
  ctx.storage.set('ring', store.membership.view);
}

/** What another node knows of the ring came with its ping. */
export function onRing(store: QuorumStore, ctx: Ctx, view: RingView): void {
  if (store.membership.learn(view)) keepRing(store, ctx);
}

/** The keys that this node gives up, with those that the other one gets. */
export function sendStream(store: QuorumStore, ctx: Ctx, to: NodeId): void {
  const entries: (readonly [string, SiblingSet])[] = [];
  for (const key of store.replica.keys()) {
    const { before, after } = store.copiesOf(key);
    // The bug: the first copy gives it, whether it has every write or not.
    const gives =
      store.bug === 'stream-from-any'
        ? before[0] === ctx.self
        : before.includes(ctx.self) && !after.includes(ctx.self);
    if (gives && after.includes(to) && !before.includes(to)) {
      entries.push([key, store.replica.copy(key)]);
    }
  }
  ctx.measure('streamed', entries.length);
  ctx.send(to, { type: 'stream', entries });
}

export function onStream(store: QuorumStore, ctx: Ctx, from: NodeId, { entries }: Stream): void {
  for (const [key, set] of entries) store.replica.merge(key, set);
  if (store.move.wish === 'in') onMoved(store, ctx, from);
  else ctx.send(from, { type: 'streamTaken' });
}

/** A node has given its keys to this one, or has taken those of this one. */
export function onMoved(store: QuorumStore, ctx: Ctx, from: NodeId): void {
  store.move.moved?.add(from);
  store.move.ask(store, ctx);
}
