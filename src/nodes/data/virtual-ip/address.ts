/**
 * The address: what clients send to. It stands for the caches in which senders keep who has it, or
 * for the switch, which learns that from each advert. A request goes to the node that it knows,
 * whether that still is the holder or not.
 */
import {
  bodyOf,
  errorBody,
  type Flow,
  type FlowContext,
  type ReplyBody,
} from '../../../sim/call.ts';
import type { Detail, Message, NodeId } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import type { Announce, SeenAdvert, WhoHas } from './router.ts';
import type { Settings } from './settings.ts';

export class Address implements Service {
  readonly #cacheMs: number;
  /** A router that comes back after this has been silent long enough to have lost the address. */
  readonly #silenceMs: number;
  readonly #routers: readonly NodeId[];
  #holder: NodeId | null = null;
  /** Until when the entry of the cache is believed, on the clock since boot, in ms. */
  #freshUntilMs = -Infinity;
  /** Who had it before, and when it lost it. */
  #last: { readonly holder: NodeId; readonly untilMs: number } | null = null;

  constructor(settings: Settings, routers: readonly NodeId[]) {
    this.#cacheMs = settings['arp-cache'];
    this.#silenceMs = 3 * settings.advert;
    this.#routers = routers;
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    if (ctx.elapsed() >= this.#freshUntilMs) this.#lookUp(ctx);
    if (this.#holder === null)
      return errorBody('temporarily-unavailable', 'nobody has the address');
    const outcome = yield* ctx.attempt(this.#holder, bodyOf(request), { attempt: request.attempt });
    if (outcome.ok) return outcome.reply;
    return errorBody(outcome.code, outcome.text, outcome.retryAfterMs);
  }

  #lookUp(ctx: FlowContext): void {
    const question: WhoHas = { type: 'whoHas' };
    for (const router of this.#routers) ctx.send(router, question);
  }

  receive(ctx: FlowContext, _from: NodeId, message: Message): void {
    if (message.type === 'seenAdvert') return this.#move(ctx, (message as SeenAdvert).holder);
    if (message.type !== 'announce') return;
    const { holder } = message as Announce;
    const isFresh = this.#holder !== null && ctx.elapsed() < this.#freshUntilMs;
    // With a cache an announcement that nobody has asked for is not believed.
    if (isFresh && this.#cacheMs > 0) return;
    this.#move(ctx, holder);
    this.#freshUntilMs = this.#cacheMs === 0 ? Infinity : ctx.elapsed() + this.#cacheMs;
  }

  #move(ctx: FlowContext, holder: NodeId): void {
    if (holder === this.#holder) return;
    ctx.note('address moves', { to: holder });
    const last = this.#last;
    const nowMs = ctx.elapsed();
    if (this.#holder !== null) {
      if (last?.holder === holder && nowMs - last.untilMs < this.#silenceMs) {
        ctx.measure('flaps');
        ctx.note('two owners', { first: this.#holder, second: holder });
      }
      this.#last = { holder: this.#holder, untilMs: nowMs };
    }
    this.#holder = holder;
    if (this.#cacheMs === 0) this.#freshUntilMs = Infinity;
  }

  inspect(): Detail {
    return { holder: this.#holder };
  }
}
