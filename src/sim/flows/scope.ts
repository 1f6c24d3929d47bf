/**
 * What flows see, and what one life of a service keeps: the `FlowContext` of a request being
 * handled, and the one of what the node does by itself.
 */

import type { CallOptions, FlowContext, Fork, Outcome, RequestBody, Target } from '../call.ts';
import type { Context, Detail, Machines, Message, NodeId, Random, Storage } from '../node.ts';
import { NumberMap } from '../number-map.ts';
import type { Reply } from '../rpc.ts';
import type { Place } from '../system.ts';
import { Calls, type EdgeSession, type Errand } from './calls.ts';
import {
  All,
  type FiberOwner,
  type Flow,
  Flows,
  Race,
  type Signal,
  SignalWait,
  type ValueOf,
  type ValuesOf,
  Wait,
} from './flow.ts';
import { type Identity, OwnSessions } from './own-sessions.ts';

/** Everything volatile that flows share. */
export class Life {
  readonly ctx: Context;
  readonly flows: Flows;
  readonly calls: Calls;
  private readonly waits = new NumberMap<TimedWait>();
  readonly sessions: OwnSessions;
  private keys = 0;

  constructor(ctx: Context, place: Place, background: FiberOwner) {
    this.ctx = ctx;
    this.flows = new Flows(background);
    const own = () => new Scope(this, null, ctx.self, 0, 1, null);
    this.calls = new Calls(ctx, this.flows, place, own);
    this.sessions = new OwnSessions(ctx.self, ctx.life);
  }

  register(wait: TimedWait): number {
    this.keys++;
    this.waits.set(this.keys, wait);
    return this.keys;
  }

  forget(key: number): void {
    this.waits.take(key);
  }

  /** The timer, or the flush, of a wait has come. */
  due(key: number): void {
    this.waits.take(key)?.over();
  }
}

/** What a flow waits for: a time to pass, processor time to be spent, or the disk. */
type Waited = 'sleep' | 'compute' | 'sync';

class TimedWait extends Wait<void> {
  private readonly life: Life;
  private readonly waited: Waited;
  private readonly ms: number;
  private key = 0;

  constructor(life: Life, waited: Waited, ms: number) {
    super(life.flows);
    this.life = life;
    this.waited = waited;
    this.ms = ms;
  }

  override describe(): string {
    return this.waited === 'sync' ? 'ctx.sync()' : `ctx.${this.waited}(${this.ms})`;
  }

  protected override begin(): void {
    const { waited, life, ms } = this;
    const { ctx } = life;
    this.key = life.register(this);
    if (waited === 'sleep') ctx.setTimer(waited, ms, this.key);
    else if (waited === 'compute') ctx.compute(waited, ms, this.key);
    else ctx.storage.sync(waited, this.key);
  }

  over(): void {
    this.settle(undefined);
    this.resume();
  }

  protected override abandon(): void {
    const { waited, life } = this;
    life.forget(this.key);
    if (waited === 'sleep') life.ctx.cancelTimer(waited, this.key);
    else if (waited === 'compute') life.ctx.cancelCompute(waited, this.key);
  }
}

/** The context of one errand. */
export class Scope implements Errand {
  readonly deadline: number | null;
  readonly session: string;
  readonly attemptNumber: number;
  /** Whether something may have been done, as far as this context can tell. */
  hasActed = false;
  /** Its caller has cancelled the request. */
  cancelled = false;
  edge: EdgeSession | null = null;
  protected readonly life: Life;
  /** 0: the node's own errands, each call in one of its own sessions. */
  readonly serial: number;
  /** The scope of the request, if this is a narrower one. */
  private readonly whole: Scope | null;

  constructor(
    life: Life,
    deadline: number | null,
    session: string,
    serial: number,
    attempt: number,
    whole: Scope | null,
  ) {
    this.life = life;
    this.deadline = deadline;
    this.session = session;
    this.serial = serial;
    this.attemptNumber = attempt;
    this.whole = whole;
  }

  get self(): NodeId {
    return this.life.ctx.self;
  }

  get peers(): readonly NodeId[] {
    return this.life.ctx.peers;
  }

  get random(): Random {
    return this.life.ctx.random;
  }

  get storage(): Storage {
    this.acted();
    return this.life.ctx.storage;
  }

  now(): number {
    return this.life.ctx.now();
  }

  elapsed(): number {
    return this.life.ctx.elapsed();
  }

  get machines(): Machines {
    this.acted();
    return this.life.ctx.machines;
  }

  note(label: string, detail?: Detail): void {
    this.life.ctx.note(label, detail);
  }

  measure(name: string, value?: number, of?: string): void {
    this.life.ctx.measure(name, value, of);
  }

  send(to: NodeId, message: Message): void {
    this.acted();
    this.life.ctx.send(to, message);
  }

  call<R extends Reply = Reply>(target: Target, body: RequestBody, options?: CallOptions): Flow<R> {
    return this.life.calls.make<R>(this, target, body, options ?? NO_OPTIONS, true);
  }

  attempt(target: Target, body: RequestBody, options?: CallOptions): Flow<Outcome> {
    return this.life.calls.make<Outcome>(this, target, body, options ?? NO_OPTIONS, false);
  }

  sleep(ms: number): Flow {
    return new TimedWait(this.life, 'sleep', ms);
  }

  compute(ms: number): Flow {
    return new TimedWait(this.life, 'compute', ms);
  }

  sync(): Flow {
    return new TimedWait(this.life, 'sync', 0);
  }

  wait(signal: Signal): Flow {
    return new SignalWait(this.life.flows, signal);
  }

  all<const T extends readonly Flow<unknown>[]>(flows: T): Flow<ValuesOf<T>> {
    return new All(this.life.flows, flows) as Flow<unknown> as Flow<ValuesOf<T>>;
  }

  race<const T extends readonly Flow<unknown>[]>(
    flows: T,
    accept?: (value: ValueOf<T[number]>) => boolean,
  ): Flow<ValueOf<T[number]>> {
    const accepts = (accept as ((value: unknown) => boolean) | undefined) ?? null;
    return new Race(this.life.flows, flows, accepts) as Flow<unknown> as Flow<ValueOf<T[number]>>;
  }

  fork(work: Flow<unknown> | ((ctx: FlowContext) => Flow<unknown>)): Fork {
    this.acted();
    const { life, session, serial, attemptNumber } = this;
    const flow =
      typeof work === 'function'
        ? work(new Scope(life, null, session, serial, attemptNumber, null))
        : work;
    const fiber = life.flows.start(flow);
    return { cancel: () => life.flows.cancel(fiber) };
  }

  get isCancelled(): boolean {
    return (this.whole ?? this).cancelled;
  }

  identify(whose: 'request' | 'own'): Identity {
    return whose === 'own' || this.serial === 0 ? this.life.sessions.take() : this;
  }

  release(identity: Identity): void {
    if (identity !== this) this.life.sessions.give(identity);
  }

  acted(): void {
    (this.whole ?? this).hasActed = true;
  }

  narrowed(limit: number | null, { session, serial }: Identity): Errand {
    const { life, deadline } = this;
    const nearer = limit === null || (deadline !== null && deadline < limit) ? deadline : limit;
    if (nearer === deadline && session === this.session && serial === this.serial) return this;
    const whole = this.whole ?? this;
    const narrow = new Scope(life, nearer, session, serial, this.attemptNumber, whole);
    narrow.edge = this.edge;
    return narrow;
  }
}

const NO_OPTIONS: CallOptions = {};
