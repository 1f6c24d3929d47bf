/**
 * Services: the second way to write a node, for things that call other things.
 *
 * A service handles each request in a flow of its own, which reads like the blocking code of a real
 * server:
 *
 *     *handle(ctx, request) {
 *       const hit = yield* ctx.call('cache', { type: 'read', key }, { timeoutMs: 5 });
 *       yield* ctx.sleep(2);
 *       return { type: 'read_ok', value: hit.value };
 *     }
 *
 * `serve` makes a node of it: a queue with a bound, a limit on requests handled at a time, a
 * service time, deadlines, and calls with the policies that the scenario puts around them. Flows
 * are volatile: a crash drops them.
 *
 * How a request ends that its flow does not answer: a `CallError` that escapes becomes an error
 * reply with its code if that is indefinite, or if nothing else was done for the request (no other
 * call that may have happened, no message, no touch of `ctx.storage`); else with the indefinite
 * code `crash`, since part of the work may stand. A service that changed its own fields before such
 * a call must catch the error itself. Any other exception is a mistake in the service and stops the
 * run, as one in a handler does.
 */

import type { DistributionSpec } from './distribution.ts';
import {
  CallError,
  type CallOptions,
  type Chooser,
  isDefinite,
  type Target,
} from './flows/calls.ts';
import { Fifo } from './flows/fifo.ts';
import {
  type Fiber,
  type FiberOwner,
  type Flow,
  FlowError,
  Signal,
  type Step,
  type ValueOf,
  type ValuesOf,
} from './flows/flow.ts';
import { Life, Scope } from './flows/scope.ts';
import type { Context, Detail, Message, Node, NodeId, Random, Storage } from './node.ts';
import type { Outcome, RequestBody } from './policy.ts';
import { isReply, isRequest, type Reply, type Request } from './rpc.ts';
import type { Place } from './system.ts';

export { bodyOf, optionsOf, through } from './flows/calls.ts';
export type { CallOptions, Chooser, Flow, Step, Target };
export { CallError, FlowError, isDefinite, Signal };

/**
 * What a flow sees. Everything that returns a `Flow` does nothing until `yield*`: to forget it is
 * an error.
 */
export interface FlowContext {
  readonly self: NodeId;
  /** The other members of this node's group, in scenario order. */
  readonly peers: readonly NodeId[];
  readonly random: Random;
  readonly storage: Storage;
  /** This node's clock in ms. */
  now(): number;
  /** One line in the trace. */
  note(label: string, detail?: Detail): void;
  /** When the request being handled must be answered, on this node's clock in ms; null: never. */
  readonly deadline: number | null;
  /**
   * Asks a node or any member of a group, and waits. Throws `CallError` on an error reply or a
   * timeout.
   */
  call<R extends Reply = Reply>(target: Target, body: RequestBody, options?: CallOptions): Flow<R>;
  /** The same, with errors as values. */
  attempt(target: Target, body: RequestBody, options?: CallOptions): Flow<Outcome>;
  /**
   * Sends a message that has no answer. Like a reply, it waits for the disk writes made before it.
   */
  send(to: NodeId, message: Message): void;
  sleep(ms: number): Flow;
  /** Waits until everything that this node has written is durable. */
  sync(): Flow;
  /** Waits to be woken by another flow of this node; look again then whether you may go on. */
  wait(signal: Signal): Flow;
  /**
   * Runs flows side by side, and gives all their values. One that throws cancels the others, and is
   * thrown.
   */
  all<const T extends readonly Flow<unknown>[]>(flows: T): Flow<ValuesOf<T>>;
  /**
   * Runs flows side by side, gives the value of the first that ends, or throws its error, and
   * cancels the others: their `finally` blocks run, late answers to their calls are ignored. With
   * `accept`, the first value that is accepted wins, or the last if none is.
   */
  race<const T extends readonly Flow<unknown>[]>(
    flows: T,
    accept?: (value: ValueOf<T[number]>) => boolean,
  ): Flow<ValueOf<T[number]>>;
  /**
   * Starts a flow that nobody waits for. It dies with the node. A `CallError` that escapes it is
   * noted in the trace. Given a function, it is called with a context that has no deadline.
   */
  fork(work: Flow<unknown> | ((ctx: FlowContext) => Flow<unknown>)): Fork;
}

/** A flow started by `fork`. */
export interface Fork {
  /** Ends it, unless it has ended. A flow must not cancel itself. */
  cancel(): void;
}

/** An answer before it is addressed: type and fields. `{ type: 'error', code }` refuses. */
export type ReplyBody = { readonly type: string; readonly [field: string]: unknown } | Reply;

export interface Service {
  /** Runs at every boot, beside the requests. */
  start?(ctx: FlowContext): Flow | undefined;
  /** Answers one request. One that waits for nothing may return the answer itself. */
  handle(ctx: FlowContext, request: Request): Flow<ReplyBody> | ReplyBody;
  /**
   * It will be stopped soon. Requests that come from now on are refused as
   * `temporarily-unavailable`; those that it has are still answered, if there is time.
   */
  leave?(ctx: FlowContext): void;
  /** A message that is neither request nor reply. */
  receive?(ctx: FlowContext, from: NodeId, message: Message): void;
  inspect?(): Detail;
}

export interface ServeOptions {
  /** Requests handled at a time; absent, all that come. */
  readonly concurrency?: number;
  /** Requests that wait for their turn; one more is refused as `overloaded`. Absent, any number. */
  readonly queue?: number;
  /**
   * Time in ms for which a request occupies its place before its handler runs. With it, a server
   * M/M/c.
   */
  readonly serviceTime?: DistributionSpec;
  /**
   * A request whose deadline has passed when its turn comes is dropped without a word, refused as
   * `overloaded`, or handled all the same, as servers do that know no deadlines. Default `drop`:
   * nobody waits for the answer.
   */
  readonly expired?: 'drop' | 'refuse' | 'handle';
}

/**
 * A node that handles requests by a service. `inspect` gives `active` and `queued` besides the
 * service's own.
 */
export function serve(service: Service, place: Place, options: ServeOptions = {}): Node {
  return new ServiceNode(service, place, options);
}

class ServiceNode implements Node, FiberOwner {
  private readonly service: Service;
  private readonly place: Place;
  private readonly concurrency: number;
  private readonly queueMax: number;
  private readonly serviceTime: DistributionSpec | null;
  private readonly expired: 'drop' | 'refuse' | 'handle';
  private readonly queue = new Fifo<RequestScope>();
  /** Requests in their service time, by the key of its timer. */
  private readonly inService = new Map<number, RequestScope>();
  private inServiceKeys = 0;
  private active = 0;
  private taking = false;
  private leaving = false;
  private life: Life | null = null;
  private background: Scope | null = null;

  constructor(service: Service, place: Place, options: ServeOptions) {
    this.service = service;
    this.place = place;
    this.concurrency = options.concurrency ?? Infinity;
    this.queueMax = options.queue ?? Infinity;
    this.serviceTime = options.serviceTime ?? null;
    this.expired = options.expired ?? 'drop';
  }

  start(ctx: Context): void {
    const life = new Life(ctx, this.place, this);
    const background = new Scope(life, null, ctx.self, 0, 1, null);
    this.life = life;
    this.background = background;
    const starting = this.service.start?.(background);
    if (starting !== undefined) life.flows.start(starting);
    life.flows.endEvent();
  }

  receive(_ctx: Context, from: NodeId, message: Message): void {
    const { life, background } = this;
    if (life === null || background === null) return;
    if (isReply(message)) life.calls.answer(from, message);
    else if (isRequest(message)) this.admit(life, from, message);
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
    const { life, background } = this;
    if (life === null || background === null) return;
    this.leaving = true;
    this.service.leave?.(background);
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
    else
      this.background?.note('background flow failed', { code: error.code, target: error.target });
  }

  private admit(life: Life, from: NodeId, request: Request): void {
    const scope = new RequestScope(life, this, from, request);
    if (this.leaving) {
      scope.reply({ type: 'error', code: 'temporarily-unavailable', text: 'it is leaving' });
    } else if (this.active < this.concurrency) this.begin(scope);
    else if (this.queue.length < this.queueMax) this.queue.push(scope);
    else scope.reply({ type: 'error', code: 'overloaded', text: 'the queue is full' });
  }

  private begin(scope: RequestScope): void {
    this.active++;
    if (this.serviceTime === null) return this.run(scope);
    this.inServiceKeys++;
    this.inService.set(this.inServiceKeys, scope);
    scope.occupy(this.serviceTime, this.inServiceKeys);
  }

  private served(key: number): void {
    const scope = this.inService.get(key);
    if (scope === undefined) return;
    this.inService.delete(key);
    this.run(scope);
  }

  private run(scope: RequestScope): void {
    const answer = this.service.handle(scope, scope.request);
    if (isFlow(answer)) scope.run(answer);
    else this.answer(scope, answer);
  }

  /** The request is done with: its place is free. */
  answer(scope: RequestScope, body: unknown): void {
    if (!isReplyBody(body)) {
      const what = `${scope.request.type} was answered by ${JSON.stringify(body)}, not by a reply`;
      return scope.stop(new FlowError(what));
    }
    scope.reply(body);
    this.active--;
    this.takeFromQueue();
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
      else if (this.expired === 'refuse') {
        scope.reply({ type: 'error', code: 'overloaded', text: 'it waited beyond its deadline' });
      }
    }
    this.taking = false;
  }
}

/** A request being handled: the context of its flow, and who is told of its end. */
class RequestScope extends Scope implements FiberOwner {
  readonly request: Request;
  private readonly from: NodeId;
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
    this.life.ctx.setTimer('service', this.random.draw(serviceTime), key);
  }

  run(flow: Flow<ReplyBody>): void {
    this.life.flows.start(flow, this);
  }

  ended(_fiber: Fiber, value: unknown): void {
    this.node.answer(this, value);
  }

  failed(_fiber: Fiber, error: unknown): void {
    if (!(error instanceof CallError)) return this.stop(error);
    const stands = error.definite && this.hasActed;
    this.node.answer(this, {
      type: 'error',
      code: stands ? 'crash' : error.code,
      text: error.message,
    });
  }

  stop(mistake: unknown): void {
    this.life.flows.stop(mistake);
  }

  reply(body: ReplyBody): void {
    const inReplyTo = this.request.id;
    // The spread last: V8 takes a microsecond for an object that begins with one.
    const reply = { inReplyTo, ...body };
    // A relay answers with the reply that it got, which has a number of its own.
    reply.inReplyTo = inReplyTo;
    this.life.ctx.send(this.from, reply);
  }
}

function isFlow(answer: Flow<ReplyBody> | ReplyBody): answer is Flow<ReplyBody> {
  return typeof (answer as Partial<Flow<ReplyBody>> | undefined)?.next === 'function';
}

function isReplyBody(body: unknown): body is ReplyBody {
  return typeof (body as Partial<ReplyBody> | null | undefined)?.type === 'string';
}
