/**
 * A router of a virtual address (RFC 3768 and 5798, VRRP): the one with the highest priority holds
 * the address and says so again and again; when it falls silent, the next one takes it.
 */
import type { Context, Detail, Message, Node, NodeId } from '../../../sim/node.ts';
import type { Bug } from './declared.ts';
import { masterDownMs, type Settings, skewMs } from './settings.ts';

/** I hold the address. */
export interface Advert extends Message {
  readonly type: 'advert';
  /** 0: I give it up (RFC 5798, 6.4.3). */
  readonly priority: number;
}

/** An advert as a switch sees it: it comes from the virtual MAC address. */
export interface SeenAdvert extends Message {
  readonly type: 'seenAdvert';
  /** The node behind the router. */
  readonly holder: NodeId;
}

/** The node that requests for the address go to from now on (gratuitous ARP). */
export interface Announce extends Message {
  readonly type: 'announce';
  /** The node behind the router. */
  readonly holder: NodeId;
}

/** Who has the address? (ARP) */
export interface WhoHas extends Message {
  readonly type: 'whoHas';
}

export interface RouterPlace {
  readonly self: NodeId;
  readonly priority: number;
  /** The node behind this router. */
  readonly target: NodeId;
  readonly routers: readonly NodeId[];
  readonly address: NodeId;
  readonly bug: Bug | null;
}

export class Router implements Node {
  readonly #settings: Settings;
  readonly #place: RouterPlace;
  #isHolder = false;
  /** How often this router has taken the address. */
  #term = 0;
  /** Until then it takes the address from nobody, on the clock since boot, in ms. */
  #modestUntilMs = 0;

  constructor(settings: Settings, place: RouterPlace) {
    this.#settings = settings;
    this.#place = place;
  }

  start(ctx: Context): void {
    this.#modestUntilMs = ctx.elapsed() + this.#settings['preempt-delay'];
    this.#wait(ctx);
  }

  /** The others need not wait until it has been silent for long: their skew is enough. */
  leave(ctx: Context): void {
    if (!this.#isHolder) return;
    this.#standDown(ctx);
    this.#advertise(ctx, 0);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (message.type === 'whoHas') return this.#announce(ctx, this.#isHolder ? [from] : []);
    if (message.type === 'advert') this.#onAdvert(ctx, from, message as Advert);
  }

  /**
   * A lower one is disregarded by a router that preempts: then its own time runs out, and it takes
   * the address. Of equal priorities the first by name counts as higher.
   */
  #onAdvert(ctx: Context, from: NodeId, { priority }: Advert): void {
    const own = this.#place.priority;
    if (priority === 0) {
      if (!this.#isHolder) ctx.setTimer('master-down', skewMs(this.#settings, own));
      return;
    }
    const isHigher = priority > own || (priority === own && from < ctx.self);
    if (this.#isHolder) {
      if (!isHigher || this.#place.bug === 'double-master') return;
      this.#standDown(ctx);
    }
    const preempts = this.#settings.preempt && ctx.elapsed() >= this.#modestUntilMs;
    if (isHigher || !preempts) this.#wait(ctx);
  }

  #standDown(ctx: Context): void {
    this.#isHolder = false;
    ctx.note('role', { role: 'backup', term: this.#term });
  }

  #wait(ctx: Context): void {
    ctx.setTimer('master-down', masterDownMs(this.#settings, this.#place.priority));
  }

  timeout(ctx: Context, tag: string): void {
    if (tag === 'master-down') {
      this.#isHolder = true;
      this.#term++;
      ctx.note('role', { role: 'holder', term: this.#term });
      ctx.measure('take-overs');
      this.#announce(ctx, [this.#place.address]);
    }
    if (!this.#isHolder) return;
    this.#advertise(ctx, this.#place.priority);
    ctx.setTimer('advert', this.#settings.advert);
  }

  #advertise(ctx: Context, priority: number): void {
    const { routers, target, address } = this.#place;
    for (const router of routers) {
      if (router !== ctx.self) ctx.send(router, { type: 'advert', priority } as Advert);
    }
    if (this.#settings.learns === 'adverts' && priority > 0) {
      ctx.send(address, { type: 'seenAdvert', holder: target } as SeenAdvert);
    }
  }

  #announce(ctx: Context, to: readonly NodeId[]): void {
    const announce: Announce = { type: 'announce', holder: this.#place.target };
    for (const id of to) ctx.send(id, announce);
  }

  inspect(): Detail {
    const { priority } = this.#place;
    return { role: this.#isHolder ? 'holder' : 'backup', priority, term: this.#term };
  }
}
