/**
 * The failure detector of SWIM: one member is probed in each interval, directly, then through
 * others (Das, Gupta, Motivala 2002, section 3.1). Order and times are those of
 * hashicorp/memberlist (`probeNode`): the timeout is never scaled, the interval is, by the health
 * of the member itself (Lifeguard, section 3.1).
 */

import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import { ALIVE, SUSPECT } from '../../parts/member-view.ts';
import { ProbeOrder } from '../../parts/probe-order.ts';
import type { Beliefs } from './beliefs.ts';
import type { SwimBug } from './declared.ts';
import type { News, PingReq, SwimContext } from './messages.ts';
import type { SwimSettings } from './settings.ts';

interface Probe {
  readonly seq: number;
  readonly position: number;
  /** Of the target as the probe began: a later one is not what failed to answer. */
  readonly incarnation: number;
  /** Intervals until it has failed. */
  ticksLeft: number;
  /** Others that were asked for it. */
  asked: number;
  /** Those that have not answered yet, if only that they had no answer. */
  nacksWanted: number;
}

/** A probe on behalf of another member. */
interface Relay {
  readonly asker: NodeId;
  readonly seq: number;
  /** It is to hear, too, that there is no answer. */
  owesNack: boolean;
}

/**
 * The share of the timeout after which a helper says that it has no answer: in time to be heard.
 */
const NACK_SHARE = 0.8;

export const PROBE = 'probe';
export const LATE = 'probe-late';
export const RELAY = 'relay';

/** Gives the news for a message; `first` must be among them. */
export type NewsFor = (first?: News | null) => readonly News[];

export class Prober {
  readonly order: ProbeOrder;
  readonly #settings: SwimSettings;
  readonly #beliefs: Beliefs;
  readonly #news: NewsFor;
  readonly #bug: SwimBug | null;
  readonly #relays = new Map<number, Relay>();
  #probe: Probe | null = null;
  #seq = 0;

  constructor(settings: SwimSettings, beliefs: Beliefs, news: NewsFor, bug: SwimBug | null) {
    this.#settings = settings;
    this.#beliefs = beliefs;
    this.#news = news;
    this.#bug = bug;
    this.order = new ProbeOrder(beliefs.members.length);
  }

  /** Members begin at different moments of the interval. */
  start(ctx: SwimContext): void {
    ctx.setTimer(PROBE, ctx.random.between(0, this.#settings.intervalMs));
  }

  /** An interval is over: the probe under way may have failed, and the next one begins. */
  tick(ctx: SwimContext): void {
    ctx.setTimer(PROBE, this.#settings.intervalMs);
    const probe = this.#probe;
    if (probe !== null) {
      probe.ticksLeft--;
      if (probe.ticksLeft > 0) return;
      this.#probe = null;
      this.#failed(ctx, probe);
    }
    const position = this.#choose(ctx);
    if (position !== null) this.#begin(ctx, position);
  }

  #begin(ctx: SwimContext, position: number): void {
    const { timeoutMs, lifeguard } = this.#settings;
    const { health, view } = this.#beliefs;
    const seq = ++this.#seq;
    const ticksLeft = lifeguard.probe ? health.score + 1 : 1;
    const incarnation = view.incarnationOf(position);
    this.#probe = { seq, position, incarnation, ticksLeft, asked: 0, nacksWanted: 0 };
    const isSuspect = view.stateOf(position) === SUSPECT;
    const buddy = lifeguard.buddy && isSuspect ? this.#beliefs.heldNews(position) : null;
    ctx.measure('probes');
    ctx.send(this.#beliefs.nameOf(position), { type: 'ping', seq, news: this.#news(buddy) });
    ctx.setTimer(LATE, timeoutMs);
  }

  /** The next member to probe; null if there is none. */
  #choose(ctx: SwimContext): number | null {
    const { roundRobin } = this.#settings;
    const { view, own } = this.#beliefs;
    // The end of one round and the whole of the next have every member at least once.
    for (let tries = 2 * this.order.length; tries > 0; tries--) {
      const position = roundRobin ? this.order.next(ctx.random) : ctx.random.int(0, view.size - 1);
      assert(position !== null, 'an order of some members has a next one');
      if (position === own && this.#bug !== 'self-in-targets') continue;
      if (view.isIn(position)) return position;
    }
    return null;
  }

  /** No acknowledgement in time: others are asked, and a connection is tried. */
  late(ctx: SwimContext): void {
    const probe = this.#probe;
    if (probe === null) return;
    const { indirect, tcpFallback, lifeguard } = this.#settings;
    const target = this.#beliefs.nameOf(probe.position);
    const others = this.pick(ctx, indirect, (p) => {
      return p !== probe.position && this.#beliefs.view.stateOf(p) === ALIVE;
    });
    const nack = lifeguard.probe;
    for (const other of others) {
      const news = this.#news();
      const to = this.#beliefs.nameOf(other);
      ctx.send(to, { type: 'ping-req', seq: probe.seq, target, nack, news });
    }
    probe.asked = others.length;
    probe.nacksWanted = others.length;
    if (tcpFallback) ctx.send(target, { type: 'stream-ping', seq: probe.seq });
  }

  /**
   * Some different members, itself left out, that are wanted. They are drawn; where most are not
   * wanted, 3n draws may miss them, and all are looked at from a random one on.
   */
  pick(ctx: SwimContext, count: number, wanted: (position: number) => boolean): readonly number[] {
    const { members, own } = this.#beliefs;
    const picked: number[] = [];
    const size = members.length;
    const isGood = (p: number) => p !== own && !picked.includes(p) && wanted(p);
    for (let tries = 3 * size; tries > 0 && picked.length < count; tries--) {
      const position = ctx.random.int(0, size - 1);
      if (isGood(position)) picked.push(position);
    }
    if (picked.length === count) return picked;
    const first = ctx.random.int(0, size - 1);
    for (let step = 0; step < size && picked.length < count; step++) {
      const position = (first + step) % size;
      if (isGood(position)) picked.push(position);
    }
    return picked;
  }

  /** An acknowledgement: of its own probe, or of one for another member. */
  acked(ctx: SwimContext, seq: number): void {
    if (this.#probe?.seq === seq) {
      this.#probe = null;
      ctx.cancelTimer(LATE);
      this.#beliefs.addHealth(ctx, -1);
      return;
    }
    const relay = this.#relays.get(seq);
    if (relay === undefined) return;
    this.#endRelay(ctx, seq);
    ctx.send(relay.asker, { type: 'ack', seq: relay.seq, news: this.#news() });
  }

  nacked(seq: number): void {
    if (this.#probe?.seq === seq && this.#probe.nacksWanted > 0) this.#probe.nacksWanted--;
  }

  /** Another member asks for a probe. */
  relay(ctx: SwimContext, asker: NodeId, { seq, target, nack }: PingReq): void {
    const own = ++this.#seq;
    this.#relays.set(own, { asker, seq, owesNack: nack });
    ctx.send(target, { type: 'ping', seq: own, news: this.#news() });
    ctx.setTimer(RELAY, NACK_SHARE * this.#settings.timeoutMs, own);
  }

  /**
   * The target of another's probe has not answered here either. It may still do so until the whole
   * timeout is over.
   */
  relayLate(ctx: SwimContext, seq: number): void {
    const relay = this.#relays.get(seq);
    if (relay === undefined) return;
    if (!relay.owesNack) {
      this.#relays.delete(seq);
      return;
    }
    relay.owesNack = false;
    ctx.send(relay.asker, { type: 'nack', seq: relay.seq, news: this.#news() });
    ctx.setTimer(RELAY, (1 - NACK_SHARE) * this.#settings.timeoutMs, seq);
  }

  #endRelay(ctx: SwimContext, seq: number): void {
    this.#relays.delete(seq);
    ctx.cancelTimer(RELAY, seq);
  }

  /**
   * Nobody has heard of the member. Helpers that sent not even a `nack` are a sign that messages to
   * this member come late: its own health is in doubt.
   */
  #failed(ctx: SwimContext, { position, incarnation, asked, nacksWanted }: Probe): void {
    ctx.measure('failed-probes');
    const { view } = this.#beliefs;
    const expectsNacks = this.#settings.lifeguard.probe && asked > 0;
    this.#beliefs.addHealth(ctx, expectsNacks ? nacksWanted : 1);
    const isSame = view.incarnationOf(position) === incarnation;
    if (view.isIn(position) && isSame) this.#beliefs.suspect(ctx, position);
  }
}
