/**
 * SWIM with Lifeguard: who is a member, and who is up.
 *
 * After Das, Gupta, Motivala 2002 (SWIM: Scalable Weakly-consistent Infection-style process group
 * Membership), Dadgar, Phillips, Currey 2018 (Lifeguard), and hashicorp/memberlist, whose presets,
 * times and order of steps these are. The detector is in `prober.ts`, the rules of news in
 * `beliefs.ts`; here is how news travel: on probes, by gossip, and by exchanges of whole views.
 */

import type { Node, NodeId } from '../../../sim/node.ts';
import { isRequest, type Request, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { ALIVE, DEAD, LEFT, stateNames, UNKNOWN } from '../../parts/member-view.ts';
import { exchangeMs, transmitLimit } from '../../parts/swim-times.ts';
import { Beliefs, SUSPICION } from './beliefs.ts';
import type { SwimBug, SwimView } from './declared.ts';
import type { News, SwimContext, SwimMessage } from './messages.ts';
import { LATE, PROBE, Prober, RELAY } from './prober.ts';
import { type SwimParams, type SwimSettings, settingsOf } from './settings.ts';

const GOSSIP = 'gossip';
const EXCHANGE = 'exchange';
const RECONNECT = 'reconnect';
const JOIN = 'join';
/** What a message has besides its news, in bytes. */
const HEAD_BYTES = 100;
/** How many members one that starts apart knows to ask. */
const SEEDS = 3;
const JOIN_AGAIN_MS = 1000;

export class Swim implements Node<SwimMessage> {
  readonly #settings: SwimSettings;
  readonly #place: Place;
  readonly #bug: SwimBug | null;
  readonly #beliefs: Beliefs;
  readonly #prober: Prober;
  #isJoined = false;
  #isGossiping = false;

  constructor(params: SwimParams, place: Place, bug: SwimBug | null) {
    this.#settings = settingsOf(params);
    this.#place = place;
    this.#bug = bug;
    this.#beliefs = new Beliefs(this.#settings, place, bug);
    this.#prober = new Prober(this.#settings, this.#beliefs, (first) => this.#news(first), bug);
    this.#beliefs.onNew = (position) => this.#prober.order.add(position);
    this.#beliefs.onNews = (ctx) => this.#gossipSoon(ctx);
  }

  start(ctx: SwimContext): void {
    const { startsJoined, reconnectMs } = this.#settings;
    const { initial, members } = this.#place;
    this.#beliefs.begin(ctx);
    ctx.measure('score', 0);
    if (startsJoined && ctx.life === 1 && initial.includes(ctx.self)) {
      this.#isJoined = true;
      this.#beliefs.knowAll(initial);
      if (initial.length === members.length) this.#prober.order.addAll(members.length);
      else for (const member of initial) this.#addToOrder(member);
    } else {
      this.#prober.order.add(this.#beliefs.own);
      this.#join(ctx);
    }
    this.#prober.start(ctx);
    ctx.setTimer(EXCHANGE, ctx.random.between(0, this.#exchangeMs()));
    ctx.setTimer(RECONNECT, ctx.random.between(0, reconnectMs));
  }

  receive(ctx: SwimContext, from: NodeId, m: SwimMessage): void {
    if ('news' in m) for (const news of m.news) this.#beliefs.hear(ctx, news, from);
    switch (m.type) {
      case 'ping':
      case 'stream-ping':
        return ctx.send(from, { type: 'ack', seq: m.seq, news: this.#news() });
      case 'ping-req':
        return this.#prober.relay(ctx, from, m);
      case 'ack':
        return this.#prober.acked(ctx, m.seq);
      case 'nack':
        return this.#prober.nacked(m.seq);
      case 'gossip':
        return;
      case 'exchange':
        ctx.send(from, { type: 'exchange-reply', states: this.#beliefs.states() });
        return this.#beliefs.merge(ctx, m.states, from);
      case 'exchange-reply':
        this.#joined(ctx);
        return this.#beliefs.merge(ctx, m.states, from);
      default:
        if (isRequest(m)) this.#answer(ctx, from, m);
    }
  }

  timeout(ctx: SwimContext, tag: string, key: number): void {
    switch (tag) {
      case PROBE:
        return this.#prober.tick(ctx);
      case LATE:
        return this.#prober.late(ctx);
      case RELAY:
        return this.#prober.relayLate(ctx, key);
      case SUSPICION:
        return this.#beliefs.suspicionOver(ctx, key - 1);
      case GOSSIP:
        return this.#gossip(ctx);
      case EXCHANGE:
        return this.#exchangeSome(ctx);
      case RECONNECT:
        return this.#reconnect(ctx);
      default:
        return this.#join(ctx);
    }
  }

  leave(ctx: SwimContext): void {
    this.#beliefs.leave(ctx);
    this.#gossip(ctx);
  }

  inspect(): SwimView {
    const { view, health, incarnation, raised } = this.#beliefs;
    return {
      incarnation,
      alive: view.countOf(ALIVE),
      suspect: view.known - view.countOf(ALIVE) - view.countOf(DEAD) - view.countOf(LEFT),
      dead: view.countOf(DEAD),
      score: health.score,
      seen: Object.fromEntries(raised),
    };
  }

  #addToOrder(member: NodeId): void {
    this.#prober.order.add(this.#beliefs.positionOf(member) as number);
  }

  #answer(ctx: SwimContext, from: NodeId, request: Request): void {
    if (request.type !== 'members') return ctx.send(from, refuse(request, 'not-supported'));
    const { view } = this.#beliefs;
    const members = [];
    for (let position = 0; position < view.size; position++) {
      const state = view.stateOf(position);
      if (state === UNKNOWN) continue;
      members.push({
        member: this.#beliefs.nameOf(position),
        state: stateNames[state],
        incarnation: view.incarnationOf(position),
      });
    }
    ctx.send(from, { type: 'members_ok', inReplyTo: request.id, members });
  }

  // --- News on the way ---------------------------------------------------------------------------

  /** News for one message, counted as sent once. */
  #news(first: News | null = null): readonly News[] {
    const { queue, view } = this.#beliefs;
    if (queue.size === 0) return first === null ? NO_NEWS : [first];
    const { retransmitMult, mtu } = this.#settings;
    const limit =
      this.#bug === 'drop-after-first-send' ? 1 : transmitLimit(retransmitMult, view.known);
    const news = queue.take(mtu - HEAD_BYTES, limit);
    return first === null ? news : [first, ...news];
  }

  /** Gossip goes on while there is news; members are at different moments of its interval. */
  #gossipSoon(ctx: SwimContext): void {
    const { gossipNodes, gossipIntervalMs } = this.#settings;
    if (this.#isGossiping || gossipNodes === 0) return;
    this.#isGossiping = true;
    ctx.setTimer(GOSSIP, ctx.random.between(0, gossipIntervalMs));
  }

  #gossip(ctx: SwimContext): void {
    const { gossipNodes, gossipIntervalMs } = this.#settings;
    const nowMs = ctx.elapsed();
    for (const position of this.#prober.pick(ctx, gossipNodes, (p) =>
      this.#hearsGossip(p, nowMs),
    )) {
      const news = this.#news();
      if (news.length === 0) break;
      ctx.send(this.#beliefs.nameOf(position), { type: 'gossip', news });
    }
    this.#isGossiping = this.#beliefs.queue.size > 0;
    if (this.#isGossiping) ctx.setTimer(GOSSIP, gossipIntervalMs);
  }

  /** The dead still get gossip for a while: one that is not dead can refute. */
  #hearsGossip(position: number, nowMs: number): boolean {
    const { view, deadSinceMs } = this.#beliefs;
    if (view.isIn(position)) return true;
    if (view.stateOf(position) !== DEAD) return false;
    return nowMs - (deadSinceMs.get(position) ?? 0) <= this.#settings.gossipToDeadMs;
  }

  // --- Whole views -------------------------------------------------------------------------------

  #exchangeMs(): number {
    return exchangeMs(this.#settings.exchangeMs, this.#beliefs.view.known);
  }

  #exchangeSome(ctx: SwimContext): void {
    ctx.setTimer(EXCHANGE, this.#exchangeMs());
    const { view } = this.#beliefs;
    if (this.#beliefs.reap(ctx.elapsed())) {
      this.#prober.order.retain((position) => view.stateOf(position) !== UNKNOWN);
    }
    const [position] = this.#prober.pick(ctx, 1, (p) => view.stateOf(p) === ALIVE);
    if (position !== undefined) this.#exchange(ctx, this.#beliefs.nameOf(position));
  }

  /** Tries one of the dead, the more likely the more there are (serf, `reconnect`). */
  #reconnect(ctx: SwimContext): void {
    ctx.setTimer(RECONNECT, this.#settings.reconnectMs);
    const { view, isLeaving } = this.#beliefs;
    const dead = view.countOf(DEAD);
    if (dead === 0 || isLeaving) return;
    const others = Math.max(1, view.countOf(ALIVE) - 1);
    if (!ctx.random.chance(Math.min(1, dead / others))) return;
    const [position] = this.#prober.pick(ctx, 1, (p) => view.stateOf(p) === DEAD);
    if (position !== undefined) this.#exchange(ctx, this.#beliefs.nameOf(position));
  }

  /** Asks one that it knows from its configuration, until one has answered. */
  #join(ctx: SwimContext): void {
    if (this.#isJoined) return;
    const { initial } = this.#place;
    const known = this.#settings.startsJoined ? initial : initial.slice(0, SEEDS);
    const others = known.filter((member) => member !== ctx.self);
    if (others.length > 0) this.#exchange(ctx, ctx.random.pick(others));
    ctx.setTimer(JOIN, JOIN_AGAIN_MS);
  }

  #joined(ctx: SwimContext): void {
    if (this.#isJoined) return;
    this.#isJoined = true;
    ctx.cancelTimer(JOIN);
    ctx.note('joined');
  }

  #exchange(ctx: SwimContext, to: NodeId): void {
    ctx.send(to, { type: 'exchange', states: this.#beliefs.states() });
  }
}

const NO_NEWS: readonly News[] = [];
