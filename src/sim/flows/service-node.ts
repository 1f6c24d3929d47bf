/**
 * The node that `serve` makes of a service: it admits requests, queues them, runs their flows, and
 * answers.
 *
 * It imports the types of `service.ts`, which imports this class: a circle of types only, so that
 * the page of a service has both its contract and its entrance.
 */
import { assert } from '../assert.ts';
import { CallError, errorBody, type Flow, FlowError, type ReplyBody } from '../call.ts';
import type { DistributionSpec } from '../distribution.ts';
import type { Context, Detail, Disconnection, Message, Node, NodeId } from '../node.ts';
import { FLOW_NOTE } from '../notes.ts';
import { NumberMap } from '../number-map.ts';
import { isCancel, isReply, isRequest, type Request, replyTo } from '../rpc.ts';
import type { ServeOptions, Service } from '../service.ts';
import type { Place } from '../system.ts';
import { Fifo } from './fifo.ts';
import type { Fiber, FiberOwner } from './flow.ts';
import { Life, Scope } from './scope.ts';

export class ServiceNode implements Node, FiberOwner {
  connected?: (ctx: Context, peer: NodeId) => void;
  disconnected?: (ctx: Context, peer: NodeId, why: Disconnection) => void;
  private readonly service: Service;
  private readonly place: Place;
  private readonly concurrency: number;
  private readonly queueMax: number;
  private readonly serviceTime: DistributionSpec | null;
  private readonly expired: 'drop' | 'refuse' | 'handle';
  private readonly measured: boolean;
  private readonly queue = new Fifo<RequestScope>();
  /**
   * Requests that are queued, in service, or have a flow that waits: what a caller may cancel. The
   * newest first, as a chain: a set would cost each request as much as its timer.
   */
  private held: RequestScope | null = null;
  /** Requests in their service time, by the key of its timer. */
  private readonly inService = new NumberMap<RequestScope>();
  private inServiceKeys = 0;
  private active = 0;
  private taking = false;
  private leaving = false;
  private life: Life | null = null;
  private background: Scope | null = null;
  /** Only of a service that takes commands: others must be seen not to. */
  readonly command?: NonNullable<Node['command']>;

  constructor(service: Service, place: Place, options: ServeOptions) {
    this.service = service;
    this.place = place;
    this.concurrency = options.concurrency ?? Infinity;
    this.queueMax = options.queue ?? Infinity;
    this.serviceTime = options.serviceTime ?? null;
    this.expired = options.expired ?? 'drop';
    this.measured = options.measured === true;
    if (service.command !== undefined) {
      this.command = (_ctx, name, params) =>
        this.hear((scope, life) => {
          const flow = service.command?.(scope, name, params);
          if (flow !== undefined) life.flows.start(flow);
        });
    }
    // Only a service that listens gets the event: for all others it would cost and do nothing.
    if (service.connected !== undefined) {
      this.connected = (_ctx, peer) => this.hear((scope) => service.connected?.(scope, peer));
    }
    if (service.disconnected !== undefined) {
      this.disconnected = (_ctx, peer, why) =>
        this.hear((scope) => service.disconnected?.(scope, peer, why));
    }
  }

  start(ctx: Context): void {
    const life = new Life(ctx, this.place, this);
    const background = new Scope(life, null, ctx.self, 0, 1, null);
    this.life = life;
    this.background = background;
    if (this.measured) this.measureLevels(ctx);
    const starting = this.service.start?.(background);
    if (starting !== undefined) life.flows.start(starting);
    life.flows.endEvent();
  }

  receive(_ctx: Context, from: NodeId, message: Message): void {
    const { life, background } = this;
    if (life === null || background === null) return;
    if (isReply(message)) life.calls.answer(from, message);
    else if (isRequest(message)) this.admit(life, from, message);
    else if (isCancel(message)) this.cancel(from, message.of);
    else this.service.receive?.(background, from, message);
    life.flows.endEvent();
  }

  timeout(_ctx: Context, tag: string, key: number): void {
    const { life } = this;
    if (life === null) return;
    if (tag === 'call') life.calls.timedOut(key);
    else if (tag === 'service') this.served(key);
    else life.due(key);
    life.flows.endEvent();
  }

  leave(): void {
    this.leaving = true;
    this.hear((scope) => this.service.leave?.(scope));
  }

  /** An event that is no message and no timer. */
  private hear(tell: (background: Scope, life: Life) => void): void {
    const { life, background } = this;
    if (life === null || background === null) return;
    tell(background, life);
    life.flows.endEvent();
  }

  inspect(): Detail {
    const detail = { active: this.active, queued: this.queue.length, ...this.service.inspect?.() };
    const calls = this.life?.calls.inspect() ?? null;
    return calls === null ? detail : { ...detail, calls };
  }

  /** A background flow is done. */
  ended(): void {}

  failed(_fiber: Fiber, error: unknown): void {
    if (!(error instanceof CallError)) this.life?.flows.stop(error);
    else this.background?.note(FLOW_NOTE, { code: error.code, target: error.target });
  }

  private admit(life: Life, from: NodeId, request: Request): void {
    const scope = new RequestScope(life, this, from, request);
    if (this.leaving) this.refuse(scope, 'temporarily-unavailable', 'it is leaving');
    else if (this.active < this.concurrency) this.begin(scope);
    else if (this.queue.length < this.queueMax) {
      this.queue.push(scope);
      this.hold(scope);
    } else this.refuse(scope, 'overloaded', 'the queue is full');
    if (this.measured) this.measureLevels(life.ctx);
  }

  private refuse(scope: RequestScope, code: string, text: string): void {
    scope.reply({ type: 'error', code, text });
    if (this.measured) scope.measure('refused');
  }

  private measureLevels(ctx: Context): void {
    ctx.measure('active', this.active);
    ctx.measure('queued', this.queue.length);
  }

  private begin(scope: RequestScope): void {
    this.active++;
    assert(this.active <= this.concurrency, 'a service handles no more at once than it may');
    if (this.serviceTime === null) return this.run(scope);
    this.inServiceKeys++;
    this.inService.set(this.inServiceKeys, scope);
    this.hold(scope);
    scope.occupy(this.serviceTime, this.inServiceKeys);
  }

  private served(key: number): void {
    const scope = this.inService.take(key);
    if (scope === undefined) return;
    scope.serviceKey = 0;
    this.run(scope);
  }

  private run(scope: RequestScope): void {
    const answer = this.service.handle(scope, scope.request, scope.from);
    if (!isFlow(answer)) return this.answer(scope, answer);
    this.hold(scope);
    scope.run(answer);
  }

  private hold(scope: RequestScope): void {
    if (scope.isHeld) return;
    scope.isHeld = true;
    scope.older = this.held;
    if (this.held !== null) this.held.newer = scope;
    this.held = scope;
  }

  private release(scope: RequestScope): void {
    if (!scope.isHeld) return;
    scope.isHeld = false;
    if (scope.newer === null) this.held = scope.older;
    else scope.newer.older = scope.older;
    if (scope.older !== null) scope.older.newer = scope.newer;
    scope.newer = null;
    scope.older = null;
  }

  /**
   * The caller has given up a request: it is dropped in whatever stage it is, without a word, and
   * its place is free. One that was answered meanwhile is not here any more; one that is still on
   * its way will be handled as if nothing had been said.
   */
  private cancel(from: NodeId, id: number): void {
    for (let scope = this.held; scope !== null; scope = scope.older) {
      if (scope.request.id !== id || scope.from !== from) continue;
      this.release(scope);
      const wasQueued = this.queue.remove(scope);
      if (scope.serviceKey !== 0) this.inService.take(scope.serviceKey);
      scope.drop();
      this.service.cancelled?.(scope, scope.request);
      if (wasQueued) return;
      this.active--;
      assert(this.active >= 0, 'a cancelled request frees one place');
      return this.takeFromQueue();
    }
  }

  /** The request is done with: its place is free. */
  answer(scope: RequestScope, body: unknown): void {
    if (!isReplyBody(body)) {
      const what = `${scope.request.type} was answered by ${JSON.stringify(body)}, not by a reply`;
      return scope.stop(new FlowError(what));
    }
    this.release(scope);
    scope.reply(body);
    this.active--;
    assert(this.active >= 0, 'an answered request frees one place');
    if (this.measured) scope.measure('served');
    this.takeFromQueue();
    if (this.measured && this.life !== null) this.measureLevels(this.life.ctx);
  }

  private takeFromQueue(): void {
    // A request that is answered at once takes the next itself: a loop, or a long queue would
    // overflow the stack.
    if (this.taking) return;
    this.taking = true;
    while (this.active < this.concurrency) {
      const scope = this.queue.shift();
      if (scope === undefined) break;
      if (this.expired === 'handle' || !scope.isExpired()) this.begin(scope);
      else this.expire(scope);
    }
    this.taking = false;
  }

  private expire(scope: RequestScope): void {
    this.release(scope);
    if (this.measured) scope.measure('expired');
    if (this.expired === 'refuse')
      this.refuse(scope, 'overloaded', 'it waited beyond its deadline');
  }
}

/** A request being handled: the context of its flow, and what runs at its end. */
class RequestScope extends Scope implements FiberOwner {
  readonly request: Request;
  readonly from: NodeId;
  /** The key of its timer while it is in its service time; 0 before and after. */
  serviceKey = 0;
  /** Its place in the chain of requests that may be cancelled. */
  isHeld = false;
  older: RequestScope | null = null;
  newer: RequestScope | null = null;
  private fiber: Fiber | null = null;
  private readonly node: ServiceNode;

  constructor(life: Life, node: ServiceNode, from: NodeId, request: Request) {
    const { timeoutMs, session, serial, attempt } = request;
    const deadline = timeoutMs === null ? null : life.ctx.now() + timeoutMs;
    super(life, deadline, session, serial, attempt, null);
    this.node = node;
    this.from = from;
    this.request = request;
  }

  isExpired(): boolean {
    return this.deadline !== null && this.now() >= this.deadline;
  }

  occupy(serviceTime: DistributionSpec, key: number): void {
    this.serviceKey = key;
    this.life.ctx.setTimer('service', this.random.draw(serviceTime), key);
  }

  run(flow: Flow<ReplyBody>): void {
    this.fiber = this.life.flows.start(flow, this);
  }

  /** Its caller has cancelled it: its work ends, and so do the calls made for it. */
  drop(): void {
    this.cancelled = true;
    if (this.serviceKey !== 0) this.life.ctx.cancelTimer('service', this.serviceKey);
    if (this.fiber !== null) this.life.flows.cancel(this.fiber);
  }

  ended(_fiber: Fiber, value: unknown): void {
    this.node.answer(this, value);
  }

  failed(_fiber: Fiber, error: unknown): void {
    if (!(error instanceof CallError)) return this.stop(error);
    const stands = error.definite && this.hasActed;
    const code = stands ? 'crash' : error.code;
    this.node.answer(this, errorBody(code, error.message, stands ? undefined : error.retryAfterMs));
  }

  stop(mistake: unknown): void {
    this.life.flows.stop(mistake);
  }

  reply(body: ReplyBody): void {
    this.life.ctx.send(this.from, replyTo(body, this.request.id));
  }
}

function isFlow(answer: Flow<ReplyBody> | ReplyBody): answer is Flow<ReplyBody> {
  return typeof (answer as Partial<Flow<ReplyBody>> | undefined)?.next === 'function';
}

function isReplyBody(body: unknown): body is ReplyBody {
  return typeof (body as Partial<ReplyBody> | null | undefined)?.type === 'string';
}
