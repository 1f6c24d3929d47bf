/**
 * The calls that a service makes: numbers, choice of a member, time left, layers of policies,
 * answers.
 *
 * A number must not be used by two lives of a node, or a late answer to the first would be taken
 * for one to the second: each life counts from a random start below 2^40. (A boot counter on disk
 * would do too, but would make every stateless service wait for a disk before its first call.)
 */

import {
  type Call,
  CallError,
  type CallLayer,
  type CallOptions,
  type Failure,
  type FlowContext,
  isDefinite,
  type Outcome,
  type Pool,
  type RequestBody,
  type Target,
  through,
} from '../call.ts';
import type { Context, NodeId } from '../node.ts';
import { NumberMap } from '../number-map.ts';
import type { BoundPolicy } from '../policy.ts';
import { type Cancel, isErrorReply, type Reply, type Request, requestOf } from '../rpc.ts';
import type { Place } from '../system.ts';
import { Turns } from '../turns.ts';
import { msToUs, usToMs } from '../units.ts';
import { type Flow, FlowError, type Flows, type Step, Wait } from './flow.ts';
import type { Identity } from './own-sessions.ts';

/** On whose behalf a call is made: a request being handled, or the node itself. */
export interface Errand extends FlowContext {
  readonly attemptNumber: number;
  /** Its caller has cancelled it: so are the calls made for it. */
  readonly isCancelled: boolean;
  /** What one call carries: the request's own identity, or the next of the node's own sessions. */
  identify(session: 'request' | 'own'): Identity;
  /** The call with this identity is over. */
  release(identity: Identity): void;
  /** The client's session in whose name it calls; null for nodes. */
  readonly edge: EdgeSession | null;
  /** Something may have been done for it. */
  acted(): void;
  /** The same with one identity for all attempts, and perhaps a nearer deadline. */
  narrowed(deadline: number | null, identity: Identity): Errand;
}

/** A session at the edge: what it adds to its requests, and what it keeps of the answers. */
export interface EdgeSession {
  /** This request is about to leave for a node. */
  sends(request: { [field: string]: unknown }, to: NodeId): void;
  hears(reply: Reply): void;
}

/** What is kept for all calls to one name: the layers around them, and whose turn it is. */
class Route {
  readonly name: string;
  readonly layers: readonly CallLayer[];
  readonly #turns: Turns;

  constructor(name: string, policies: readonly BoundPolicy[], start: number) {
    this.name = name;
    this.#turns = new Turns(start);
    this.layers = [...policies]
      .sort((a, b) => a.layer - b.layer || (a.name < b.name ? -1 : 1))
      .map((policy) => policy.create());
  }

  /** null when there is no member. */
  choose(members: readonly NodeId[], options: CallOptions): NodeId | null {
    if (members.length === 0) return null;
    const avoid = options.avoid ?? NONE;
    const others = avoid.length === 0 ? members : members.filter((id) => !avoid.includes(id));
    const open = others.length === 0 ? members : others;
    if (options.chooser !== undefined) return options.chooser.choose(open, members);
    return this.#turns.next(members, open);
  }
}

const NONE: readonly NodeId[] = [];

/** All calls of one life of a node. */
export class Calls {
  readonly ctx: Context;
  readonly flows: Flows;
  readonly place: Place;
  private readonly background: () => FlowContext;
  private readonly start: number;
  private made = 0;
  private readonly pending = new NumberMap<CallWait<unknown>>();
  private readonly routes = new Map<string, Route>();
  /** Lists of members, by identity: parameters are the same array forever. */
  private readonly lists = new WeakMap<readonly NodeId[], Route>();

  /** `background` gives the context of what the node does by itself. */
  constructor(ctx: Context, flows: Flows, place: Place, background: () => FlowContext) {
    this.ctx = ctx;
    this.flows = flows;
    this.place = place;
    this.background = background;
    this.start = ctx.random.int(0, 0xfffff) * 0x100000 + ctx.random.int(0, 0xfffff);
  }

  /** The flow of a call, which throws CallError; or gives the outcome as a value. */
  make<T>(
    errand: Errand,
    target: Target,
    body: RequestBody,
    options: CallOptions,
    throws: boolean,
  ): Flow<T> {
    const route = this.routeTo(target);
    return route.layers.length === 0
      ? new CallWait<T>(this, errand, route, target, body, options, throws)
      : new LayeredCall<T>(this, errand, route, target, body, options, throws);
  }

  /** Registers a call that is on its way: its number on the wire is `idOf` what this returns. */
  register(call: CallWait<unknown>): number {
    this.made++;
    this.pending.set(this.made, call);
    return this.made;
  }

  idOf(key: number): number {
    return this.start + key;
  }

  forget(key: number): void {
    this.pending.take(key);
  }

  /** An answer has arrived. One that nobody waits for is dropped: it came late, or twice. */
  answer(from: NodeId, reply: Reply): void {
    this.pending.take(reply.inReplyTo - this.start)?.answered(from, reply);
  }

  timedOut(key: number): void {
    this.pending.take(key)?.timedOut();
  }

  /**
   * What is left in ms until the deadline, or the limit if that is less; Infinity without either.
   */
  timeLeft(deadline: number | null, limitMs: number | undefined): number {
    const left = deadline === null ? Infinity : usToMs(msToUs(deadline - this.ctx.now()));
    return limitMs === undefined || limitMs > left ? left : limitMs;
  }

  /** The states of the layers that have any, by target. */
  inspect(): { [target: string]: { [field: string]: string | number | boolean | null } } | null {
    let states: ReturnType<Calls['inspect']> = null;
    for (const [target, { layers }] of this.routes) {
      for (const layer of layers) {
        if (layer.inspect === undefined) continue;
        states ??= {};
        states[target] = { ...states[target], ...layer.inspect() };
      }
    }
    return states;
  }

  membersOf(target: Target): readonly NodeId[] {
    if (typeof target === 'string') return this.place.resolve(target);
    return isList(target) ? target : target.members();
  }

  private routeTo(target: Target): Route {
    if (typeof target === 'string') return this.routeNamed(target, target);
    if (!isList(target)) return this.routeNamed(target.name, target.name);
    let route = this.lists.get(target);
    if (route === undefined) {
      // Of nodes that `calls:` does not name one by one, this is the name of their group.
      const names = new Set(target.map((id) => this.place.policyNameOf(id)));
      const [first = 'nobody'] = names;
      route = this.routeNamed([...names].join(','), first);
      this.lists.set(target, route);
    }
    return route;
  }

  private routeNamed(name: string, policyName: string): Route {
    let route = this.routes.get(name);
    if (route === undefined) {
      const { place } = this;
      // Callers start at different members, or each would begin with the first.
      route = new Route(name, place.policiesFor(policyName), place.index);
      this.routes.set(name, route);
      for (const layer of route.layers) layer.start?.(this.background());
    }
    return route;
  }
}

function isList(target: readonly NodeId[] | Pool): target is readonly NodeId[] {
  return Array.isArray(target);
}

/** What calls with and without layers share: how the outcome reaches the flow. */
abstract class AnyCall<T> extends Wait<T> {
  protected readonly calls: Calls;
  protected readonly errand: Errand;
  protected readonly route: Route;
  protected readonly target: Target;
  protected readonly body: RequestBody;
  protected readonly options: CallOptions;
  protected readonly throws: boolean;

  constructor(
    calls: Calls,
    errand: Errand,
    route: Route,
    target: Target,
    body: RequestBody,
    options: CallOptions,
    throws: boolean,
  ) {
    super(calls.flows);
    this.calls = calls;
    this.errand = errand;
    this.route = route;
    this.target = target;
    this.body = body;
    this.options = options;
    this.throws = throws;
  }

  override describe(): string {
    return `ctx.${this.throws ? 'call' : 'attempt'}('${this.route.name}', { type: '${this.body.type}' … })`;
  }

  protected succeed(reply: Reply, from: NodeId): void {
    this.settle((this.throws ? reply : { ok: true, reply, from }) as T);
  }

  protected breakOff(failure: Failure): void {
    if (!this.throws) return this.settle(failure as T);
    const { code, from, text, retryAfterMs } = failure;
    this.fail(new CallError(code, this.route.name, from, text, retryAfterMs));
  }
}

/** One request sent and its answer awaited: the innermost step of every call. */
class CallWait<T> extends AnyCall<T> {
  private key = 0;
  /** null until it is chosen. */
  private to: NodeId | null;
  private readonly attempt: number;
  private identity: Identity | null = null;
  private timed = false;

  /** Without `to` and `attempt` they are those of the options. */
  constructor(
    calls: Calls,
    errand: Errand,
    route: Route,
    target: Target,
    body: RequestBody,
    options: CallOptions,
    throws: boolean,
    to: NodeId | null = options.to ?? null,
    attempt = options.attempt ?? errand.attemptNumber,
  ) {
    super(calls, errand, route, target, body, options, throws);
    this.to = to;
    this.attempt = attempt;
  }

  protected override begin(): void {
    const { calls, errand, options } = this;
    const timeoutMs = calls.timeLeft(errand.deadline, options.timeoutMs);
    if (timeoutMs <= 0) return this.breakOff(failureOf('timeout', null, NO_TIME));
    const to = this.to ?? this.route.choose(calls.membersOf(this.target), options);
    if (to === null) return this.breakOff(failureOf('node-not-found', null, NO_NODE));
    this.to = to;
    options.chosen?.(to);
    this.key = calls.register(this as CallWait<unknown>);
    const identity = errand.identify(options.session ?? 'request');
    this.identity = identity;
    const request = this.request(identity, timeoutMs === Infinity ? null : timeoutMs);
    errand.edge?.sends(request as unknown as { [field: string]: unknown }, to);
    calls.ctx.send(to, request);
    if (timeoutMs === Infinity) return;
    this.timed = true;
    calls.ctx.setTimer('call', timeoutMs, this.key);
  }

  private request(identity: Identity, timeoutMs: number | null): Request {
    const { session, serial } = identity;
    const id = this.calls.idOf(this.key);
    return requestOf(this.body, id, session, serial, this.attempt, timeoutMs);
  }

  answered(from: NodeId, reply: Reply): void {
    this.errand.edge?.hears(reply);
    if (this.timed) this.calls.ctx.cancelTimer('call', this.key);
    if (isErrorReply(reply)) {
      this.over(reply.code);
      this.breakOff(failureOf(reply.code, from, reply.text, reply.retryAfterMs));
    } else {
      this.over('ok');
      this.succeed(reply, from);
    }
    this.resume();
  }

  timedOut(): void {
    this.over('timeout');
    this.withdraw();
    this.breakOff(failureOf('timeout', this.to));
    this.resume();
  }

  protected override abandon(): void {
    if (this.key === 0 || this.done) return;
    this.calls.forget(this.key);
    if (this.timed) this.calls.ctx.cancelTimer('call', this.key);
    this.over('cancelled');
    this.withdraw();
  }

  private over(how: string): void {
    if (!isDefinite(how)) this.errand.acted();
    if (this.identity !== null) this.errand.release(this.identity);
    if (this.to !== null) this.options.chooser?.ended?.(this.to, how);
  }

  /** Tells the member that nobody waits any more, if the caller wants that. */
  private withdraw(): void {
    if (this.options.cancel !== true && !this.errand.isCancelled) return;
    const cancel: Cancel = { type: 'cancel', of: this.calls.idOf(this.key) };
    // Not `sendNow`: it would overtake a request that waits for the disk.
    if (this.to !== null) this.calls.ctx.send(this.to, cancel);
  }
}

/** A call through layers of policies, the innermost of which makes `CallWait`s. */
class LayeredCall<T> extends AnyCall<T> {
  private inner: Flow<Outcome> | null = null;
  private identity: Identity | null = null;

  protected override begin(): void {
    const { route, target, calls, options } = this;
    const { timeoutMs, session, to } = options;
    // The time given bounds all that the layers do, so inside it is a deadline.
    const limit = timeoutMs === undefined ? null : calls.ctx.now() + timeoutMs;
    this.identity = this.errand.identify(session ?? 'request');
    const errand = this.errand.narrowed(limit, this.identity);
    const attempt = options.attempt ?? errand.attemptNumber;
    const call: Call = {
      target: route.name,
      members: () => calls.membersOf(target),
      to: to ?? null,
      body: this.body,
      attempt,
      options: ownOptions(options),
    };
    this.inner = through(
      route.layers,
      errand,
      call,
      ({ body, options: own, to: chosen, attempt: number }) =>
        new CallWait<Outcome>(calls, errand, route, target, body, own, false, chosen, number),
    );
  }

  override next(): IteratorResult<Step, T> {
    if (!this.started) super.next();
    if (this.inner === null) throw new FlowError(`${this.describe()} is waited for twice`);
    const inner = this.inner.next();
    if (inner.done !== true) return inner;
    this.inner = null;
    this.release();
    const outcome = inner.value;
    if (outcome.ok) this.succeed(outcome.reply, outcome.from);
    else this.breakOff(outcome);
    return this.result();
  }

  private release(): void {
    if (this.identity !== null) this.errand.release(this.identity);
    this.identity = null;
  }

  protected override abandon(): void {
    this.release();
    if (this.inner?.return(NO_OUTCOME).done === false) {
      throw new FlowError('a layer around a cancelled call waited in a finally block');
    }
  }
}

/** Those that are left to the layers: what a call says of itself, its layers know otherwise. */
function ownOptions(options: CallOptions): CallOptions {
  const { timeoutMs, session, to } = options;
  if (timeoutMs === undefined && session === undefined && to === undefined) return options;
  const { timeoutMs: _limit, session: _whose, to: _member, ...rest } = options;
  return rest;
}

const NO_TIME = 'no time was left to send it';
const NO_NODE = 'the target has no node';

/** Without the fields that nobody gave. */
function failureOf(
  code: string,
  from: NodeId | null,
  text?: string,
  retryAfterMs?: number,
): Failure {
  const failure: Failure =
    text === undefined ? { ok: false, code, from } : { ok: false, code, from, text };
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

const NO_OUTCOME: Outcome = { ok: false, code: 'cancelled', from: null };
