/**
 * Gossip: each node contacts a few others at random in each round, and what one knows the other
 * comes to know: push, pull, or both (Demers et al. 1987, Epidemic Algorithms for Replicated
 * Database Maintenance).
 *
 * In synchronous rounds a contact is judged by what both knew as the round began, as the paper's
 * analysis does: what was learned in the round is neither passed on in it nor counts as known.
 */

import type register from '../../../interfaces/register.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Detail, Node, NodeId } from '../../../sim/node.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { positionsOf } from '../../parts/member-index.ts';
import { neighbours } from '../../parts/topology.ts';
import { type Entry, ItemStore, lackedBy } from './item-store.ts';
import type {
  Digest,
  GossipContext,
  GossipMessage,
  Item,
  Pulled,
  Push,
  Stamp,
} from './messages.ts';
import type { GossipBug, GossipParams } from './settings.ts';

const ROUND = 'round';
const ITEMS = 'items';
/** Of the grid and the tree, which gossip does not ask for. */
const CHILDREN = 4;
/** Clocks that drift begin a round a little early: this share of the interval is no difference. */
const HAIR = 0.01;
/** Two writes of one node to a key differ at least by so much, in ms. */
const TICK_MS = 0.001;

export class Gossip implements Node<GossipMessage> {
  readonly #given: GossipParams;
  readonly #members: readonly NodeId[];
  readonly #self: number;
  /** Positions of those that it may contact; null: all others. */
  readonly #neighbours: readonly number[] | null;
  readonly #store: ItemStore;
  readonly #bug: GossipBug | null;
  #isTicking = false;

  constructor(given: GossipParams, { members, self }: Place, bug: GossipBug | null) {
    this.#given = given;
    this.#members = members;
    this.#self = positionsOf(members).get(self) as number;
    this.#bug = bug;
    this.#store = new ItemStore({ stop: given.stop, after: given['stop-after'] }, bug);
    this.#neighbours =
      given.topology === 'total'
        ? null
        : neighbours(given.topology, this.#self, members.length, CHILDREN);
  }

  /** What it knew is on its disk, and hot again: nobody knows how far it had come. */
  start(ctx: GossipContext): void {
    const log = ctx.storage.log<Item>(ITEMS);
    for (let i = log.start; i < log.end; i++) this.#store.learn(log.at(i), -1);
    if (this.#asks || this.#store.size > 0) this.#tickSoon(ctx);
  }

  receive(ctx: GossipContext, from: NodeId, m: GossipMessage): void {
    switch (m.type) {
      case 'push':
      case 'pulled':
        return this.#take(ctx, from, m);
      case 'push-pull':
        // The answer tells what was known before: what comes with the question is no news to it.
        this.#giveBack(ctx, from, m.digest);
        return this.#take(ctx, from, m);
      case 'pull':
        return this.#giveBack(ctx, from, m.digest);
      case 'feedback':
        for (const id of m.useful) this.#store.heard(id, true);
        for (const id of m.useless) this.#store.heard(id, false);
        return;
      case 'broadcast':
        this.#learn(ctx, [`m ${JSON.stringify(m.message)}`, m.message, null]);
        return ctx.send(from, { type: 'broadcast_ok', inReplyTo: m.id });
      case 'write':
        return this.#write(ctx, from, m);
      case 'read':
        return this.#read(ctx, from, m.id, 'key' in m ? (m.key as string) : null);
      default:
        if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  timeout(ctx: GossipContext): void {
    this.#isTicking = false;
    this.#store.endRound();
    this.#dropTombstones(ctx);
    this.#contact(ctx);
    ctx.measure('hot', this.#store.hot);
    if (this.#asks || this.#store.hot > 0) this.#tickSoon(ctx, true);
  }

  inspect(): Detail {
    return { known: this.#store.size, hot: this.#store.hot };
  }

  // --- Rounds ------------------------------------------------------------------------------------

  /** Whether it contacts others even if it has nothing to say. */
  get #asks(): boolean {
    return this.#given.mode !== 'push';
  }

  /** Rounds go on; a node that was silent begins anywhere in the interval. */
  #tickSoon(ctx: GossipContext, goesOn = false): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    const { interval, phase } = this.#given;
    const ownMs = goesOn ? interval : ctx.random.between(0, interval);
    ctx.setTimer(ROUND, phase === 'own' ? ownMs : this.#untilCommonMs(ctx));
  }

  /** Until the next multiple of the interval, as all clocks have it; not the one just begun. */
  #untilCommonMs(ctx: GossipContext): number {
    const { interval } = this.#given;
    const waitMs = interval - (ctx.now() % interval);
    return waitMs < interval * HAIR ? waitMs + interval : waitMs;
  }

  /** The number of the round that has begun; without common rounds every moment is one. */
  #roundOf(ctx: GossipContext): number {
    const { interval, phase } = this.#given;
    return phase === 'own' ? Infinity : Math.floor(ctx.now() / interval + HAIR);
  }

  #contact(ctx: GossipContext): void {
    const { mode, mtu } = this.#given;
    for (const target of this.#targets(ctx)) {
      const to = this.#members[target] as NodeId;
      const entries = mode === 'pull' ? [] : this.#store.take(mtu, this.#roundOf(ctx));
      if (mode === 'pull') ctx.send(to, { type: 'pull', digest: this.#digest() });
      else if (mode === 'push-pull') {
        ctx.send(to, { type: 'push-pull', items: itemsOf(entries), digest: this.#digest() });
      } else if (entries.length > 0) ctx.send(to, { type: 'push', items: itemsOf(entries) });
      this.#sent(ctx, entries);
    }
  }

  /** Different nodes, itself left out. */
  #targets(ctx: GossipContext): readonly number[] {
    const among = this.#neighbours;
    const count = among === null ? this.#members.length - 1 : among.length;
    const wanted = Math.min(this.#given['fan-out'], count);
    // An array that grows from nothing has room for sixteen more.
    const chosen = wanted === 0 ? [] : [this.#draw(ctx, count)];
    while (chosen.length < wanted) {
      const target = this.#draw(ctx, count);
      if (!chosen.includes(target)) chosen.push(target);
    }
    return chosen;
  }

  #draw(ctx: GossipContext, count: number): number {
    const drawn = ctx.random.int(0, count - 1);
    // Without a list, those from its own position on are one further.
    if (this.#neighbours === null) return drawn + (drawn >= this.#self ? 1 : 0);
    return this.#neighbours[drawn] as number;
  }

  /** Rumours need no digest: who asks wants what the other still finds worth telling. */
  #digest(): Digest | null {
    return this.#given.stop === 'never' ? this.#store.digest(this.#given.digest) : null;
  }

  #giveBack(ctx: GossipContext, to: NodeId, digest: Digest | null): void {
    const lacks = digest === null ? undefined : lackedBy(digest);
    const entries = this.#store.take(this.#given.mtu, this.#roundOf(ctx), lacks);
    if (entries.length === 0) return;
    ctx.send(to, { type: 'pulled', items: itemsOf(entries) });
    this.#sent(ctx, entries);
  }

  #sent(ctx: GossipContext, entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    ctx.measure('items-sent', entries.length);
    this.#store.contacted(entries, ctx.random);
  }

  #take(ctx: GossipContext, from: NodeId, { items }: Pick<Push | Pulled, 'items'>): void {
    if (this.#given.stop !== 'feedback') {
      for (const item of items) this.#learn(ctx, item);
      return;
    }
    const useful: string[] = [];
    const useless: string[] = [];
    for (const item of items) {
      const isNew = this.#learn(ctx, item) || this.#isOfThisRound(ctx, item);
      (isNew ? useful : useless).push(item[0]);
    }
    ctx.send(from, { type: 'feedback', useful, useless });
  }

  #isOfThisRound(ctx: GossipContext, [id]: Item): boolean {
    if (this.#given.phase === 'own') return false;
    return this.#store.get(id)?.round === this.#roundOf(ctx);
  }

  // --- Items -------------------------------------------------------------------------------------

  #learn(ctx: GossipContext, item: Item): boolean {
    const id = item[0];
    const stamp = item[2];
    // Two nodes would hand a mark whose time is over back and forth forever, each forgetting it
    // and learning it again from the other.
    if (this.#isOver(ctx, item) && this.#store.get(id) === undefined) return false;
    // Of no common round: it may be passed on at once.
    const round = this.#given.phase === 'own' ? -1 : this.#roundOf(ctx);
    if (!this.#store.learn(item, round)) return false;
    ctx.storage.log<Item>(ITEMS).append(item);
    ctx.note('learns', { item: stamp === null ? item[1] : `${id.slice(2)}@${stamp[0]}` });
    this.#tickSoon(ctx);
    return true;
  }

  /** The later stamp wins. A node never writes behind what it has seen of a key itself. */
  #write(ctx: GossipContext, from: NodeId, m: RequestOf<typeof register, 'write'>): void {
    const id = `k ${m.key}`;
    if (m.value === null && this.#bug === 'no-tombstone') this.#store.forget(id);
    else {
      const held = this.#store.get(id)?.item[2]?.[0] ?? -Infinity;
      const stamp: Stamp = [Math.max(ctx.now(), held + TICK_MS), ctx.self];
      this.#learn(ctx, [id, m.value, stamp]);
    }
    ctx.send(from, { type: 'write_ok', inReplyTo: m.id });
  }

  #read(ctx: GossipContext, from: NodeId, inReplyTo: number, key: string | null): void {
    if (key !== null) {
      const value = this.#store.get(`k ${key}`)?.item[1] ?? null;
      return ctx.send(from, { type: 'read_ok', inReplyTo, value });
    }
    const messages: (number | string)[] = [];
    for (const { item } of this.#store.values()) {
      if (item[0].startsWith('m ')) messages.push(item[1] as number | string);
    }
    ctx.send(from, { type: 'read_ok', inReplyTo, messages });
  }

  #dropTombstones(ctx: GossipContext): void {
    if (!this.#store.hasMarks) return;
    for (const { item } of this.#store.values()) {
      if (this.#isOver(ctx, item)) this.#store.forget(item[0]);
    }
  }

  /** The mark of a deleted key has been kept long enough. */
  #isOver(ctx: GossipContext, [, value, stamp]: Item): boolean {
    return value === null && stamp !== null && stamp[0] < ctx.now() - this.#given.tombstone;
  }
}

function itemsOf(entries: readonly Entry[]): readonly Item[] {
  return entries.length === 0 ? NO_ITEMS : entries.map(({ item }) => item);
}

const NO_ITEMS: readonly Item[] = [];
