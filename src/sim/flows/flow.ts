/**
 * Flows: sequential code inside a world of events, as generators that the node itself drives.
 *
 * A flow runs until it must wait, yields, and is advanced again by the event that it waited for.
 * Nothing here knows of nodes or messages (`service.ts` does); no promise and no callback per step
 * is made. What a flow waits for is a `Wait`: an iterator written by hand, which is its own
 * iterator result, so that a step through any number of nested `yield*` allocates nothing.
 */
import { assert } from '../assert.ts';
import { Fifo } from './fifo.ts';

/** What a waiting flow yields. Only waits make it: a flow writes `yield*`, never `yield`. */
export interface Step {
  readonly waits: true;
}

/**
 * Sequential code that may wait and then gives an R. It does nothing until it is driven: `yield*
 * flow`.
 */
export interface Flow<R = void> {
  next(value?: unknown): IteratorResult<Step, R>;
  return(value: R): IteratorResult<Step, R>;
  throw(error: unknown): IteratorResult<Step, R>;
  [Symbol.iterator](): Flow<R>;
}

/** The value of a flow, and the values of several. */
export type ValueOf<F> = F extends Flow<infer R> ? R : never;
export type ValuesOf<T extends readonly Flow<unknown>[]> = {
  -readonly [K in keyof T]: ValueOf<T[K]>;
};

/** A flow was misused: a mistake in the code of a service, so it stops the run. */
export class FlowError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FlowError';
  }
}

/** Who learns how a fiber ended. */
export interface FiberOwner {
  ended(fiber: Fiber, value: unknown): void;
  failed(fiber: Fiber, error: unknown): void;
}

/** One thread of flow: a flow with all that it delegates to. */
export class Fiber {
  readonly flow: Flow<unknown>;
  /** Which of its owner's fibers it is. */
  readonly index: number;
  owner: FiberOwner;
  done = false;
  /**
   * Waits that it created since it last waited, newest first: each must have been started by then.
   */
  created: Wait<unknown> | null = null;

  constructor(flow: Flow<unknown>, owner: FiberOwner, index: number) {
    this.flow = flow;
    this.owner = owner;
    this.index = index;
  }
}

const STEP: Step = { waits: true };
const NO_ERROR = Symbol('no error');

/** Drives the fibers of one life of one node. At any moment at most one of them runs. */
export class Flows {
  /** The fiber that runs; null between events and in plain code. */
  current: Fiber | null = null;
  /** Waits created by plain code, which may only hand them on to `start`. */
  createdOutside: Wait<unknown> | null = null;
  /** Owns what nobody waits for. */
  readonly background: FiberOwner;
  private readonly ready = new Fifo<Wait<unknown>>();
  private mistake: unknown = NO_ERROR;

  constructor(background: FiberOwner) {
    this.background = background;
  }

  /** Runs a flow until it first waits. */
  start(flow: Flow<unknown>, owner: FiberOwner = this.background): Fiber {
    const fiber = new Fiber(flow, owner, 0);
    this.advance(fiber);
    return fiber;
  }

  /** Runs a fiber, whose wait is over, until it waits again or ends. */
  advance(fiber: Fiber): void {
    assert(!fiber.done, 'a flow that has ended does not go on');
    const outer = this.current;
    this.current = fiber;
    let result: IteratorResult<Step, unknown>;
    try {
      result = fiber.flow.next(undefined);
    } catch (error) {
      this.current = outer;
      fiber.done = true;
      fiber.owner.failed(fiber, error);
      return;
    }
    this.current = outer;
    this.stepped(fiber, result);
  }

  /**
   * Ends a waiting fiber: its `finally` blocks run, and must not wait. (A flow that waits
   * again after `return` would go on afterwards as if it had not been ended: `yield*` forgets
   * why it was resumed.)
   */
  cancel(fiber: Fiber): void {
    if (fiber.done) return;
    fiber.owner = this.background;
    fiber.done = true;
    const outer = this.current;
    this.current = fiber;
    let waits = false;
    try {
      waits = fiber.flow.return(undefined).done !== true;
    } catch (error) {
      fiber.owner.failed(fiber, error);
    } finally {
      this.current = outer;
    }
    if (waits) this.stop(new FlowError(WAITED_IN_FINALLY));
    this.checkCreated(fiber);
  }

  /** Advances the fiber of this wait soon: at the end of the event, when no fiber runs. */
  advanceSoon(wait: Wait<unknown>): void {
    this.ready.push(wait);
  }

  /**
   * Stops the run at the end of this event. Not at once: the mistake of one flow is no exception
   * for another, that happens to be the one that started it, to catch.
   */
  stop(mistake: unknown): void {
    if (this.mistake === NO_ERROR) this.mistake = mistake;
  }

  /** To be called at the end of every event. Throws what was given to `stop`. */
  endEvent(): void {
    assert(this.current === null, 'no flow runs when an event ends');
    for (let wait = this.ready.shift(); wait !== undefined; wait = this.ready.shift()) {
      // It may have been cancelled since.
      if (wait.fiber !== null) this.advance(wait.fiber);
    }
    if (this.createdOutside !== null) {
      this.stopIfForgotten(this.createdOutside);
      this.createdOutside = null;
    }
    if (this.mistake !== NO_ERROR) throw this.mistake;
  }

  private stepped(fiber: Fiber, result: IteratorResult<Step, unknown>): void {
    this.checkCreated(fiber);
    if (result.done === true) {
      fiber.done = true;
      fiber.owner.ended(fiber, result.value);
    } else if (result.value !== STEP) {
      fiber.done = true;
      this.stop(new FlowError(YIELDED_SOMETHING));
    }
  }

  private checkCreated(fiber: Fiber): void {
    if (fiber.created === null) return;
    this.stopIfForgotten(fiber.created);
    fiber.created = null;
  }

  /** Without this, a forgotten `yield*` would be a call never made. */
  private stopIfForgotten(newest: Wait<unknown>): void {
    for (let wait: Wait<unknown> | null = newest; wait !== null; wait = wait.olderCreated) {
      if (wait.started) continue;
      const what = wait.describe();
      this.stop(new FlowError(`${what} was created but never yielded: write yield* ${what}`));
    }
  }
}

const YIELDED_SOMETHING =
  'a flow yielded something that is not a step: write yield* in place of yield';
const WAITED_IN_FINALLY =
  'a cancelled flow waited in a finally block: hand what is left to ctx.fork(…)';

/**
 * Something that a flow waits for: the leaf of its chain of `yield*`. A subclass arranges in
 * `begin` to be settled by a later event, or settles at once. The event calls `settle` or `fail`,
 * then `resume`.
 */
export abstract class Wait<R> implements Flow<R> {
  /** It is its own iterator result: not done with the step, then done with the value. */
  done = false;
  value: Step | R = STEP;
  started = false;
  /** The fiber that waits here; null before, and once it was cancelled. */
  fiber: Fiber | null = null;
  olderCreated: Wait<unknown> | null;
  protected readonly flows: Flows;
  private error: unknown = NO_ERROR;

  constructor(flows: Flows) {
    this.flows = flows;
    const creator = flows.current;
    if (creator === null) {
      this.olderCreated = flows.createdOutside;
      flows.createdOutside = this;
    } else {
      this.olderCreated = creator.created;
      creator.created = this;
    }
  }

  protected abstract begin(): void;
  /** Takes back what `begin` arranged; the fiber no longer waits. */
  protected abstract abandon(): void;
  /** As the author of a flow wrote it: `ctx.sleep(5)`. */
  abstract describe(): string;

  next(): IteratorResult<Step, R> {
    if (!this.started) {
      this.started = true;
      this.fiber = this.flows.current;
      if (this.fiber === null)
        throw new FlowError(`${this.describe()} was driven outside of any flow`);
      this.begin();
    } else if (!this.done && this.error === NO_ERROR) {
      throw new FlowError(`${this.describe()} is waited for twice`);
    }
    return this.result();
  }

  return(value: R): IteratorResult<Step, R> {
    this.leave();
    return { done: true, value };
  }

  throw(error: unknown): IteratorResult<Step, R> {
    this.leave();
    throw error;
  }

  [Symbol.iterator](): Flow<R> {
    return this;
  }

  protected settle(value: R): void {
    this.done = true;
    this.value = value;
  }

  protected fail(error: unknown): void {
    this.error = error;
  }

  /** What `next` returns, or throws, as things stand. */
  protected result(): IteratorResult<Step, R> {
    if (this.error !== NO_ERROR) throw this.error;
    return this as IteratorResult<Step, R>;
  }

  protected resume(): void {
    if (this.fiber !== null) this.flows.advance(this.fiber);
  }

  /** Never to be started: so are the flows that it was made of. */
  protected discard(): void {}

  private leave(): void {
    if (!this.started) this.discard();
    else if (this.fiber !== null) this.abandon();
    this.fiber = null;
    this.started = true;
  }
}

/** Several flows at once, each in a fiber of its own. */
abstract class Join<R> extends Wait<R> implements FiberOwner {
  protected readonly branches: readonly Flow<unknown>[];
  protected left: number;
  private readonly fibers: Fiber[] = [];
  private starting = false;
  private over = false;

  constructor(flows: Flows, branches: readonly Flow<unknown>[]) {
    super(flows);
    this.branches = branches;
    this.left = branches.length;
  }

  abstract ended(fiber: Fiber, value: unknown): void;

  failed(fiber: Fiber, error: unknown): void {
    this.fail(error);
    this.finish(fiber);
  }

  protected override begin(): void {
    this.starting = true;
    for (const [index, branch] of this.branches.entries()) {
      if (this.over) {
        branch.return(undefined);
        continue;
      }
      const fiber = new Fiber(branch, this, index);
      this.fibers.push(fiber);
      this.flows.advance(fiber);
    }
    this.starting = false;
  }

  /** The outcome is known: cancels the other branches, in order, and goes on. */
  protected finish(by: Fiber): void {
    this.over = true;
    for (const fiber of this.fibers) if (fiber !== by) this.flows.cancel(fiber);
    if (!this.starting) this.resume();
  }

  protected override abandon(): void {
    this.over = true;
    for (const fiber of this.fibers) this.flows.cancel(fiber);
  }

  protected override discard(): void {
    for (const branch of this.branches) branch.return(undefined);
  }
}

/** Waits for all; the first that fails cancels the others and fails the whole. */
export class All extends Join<unknown[]> {
  private readonly values: unknown[] = [];

  override describe(): string {
    return 'ctx.all(…)';
  }

  protected override begin(): void {
    if (this.left === 0) this.settle([]);
    super.begin();
  }

  override ended(fiber: Fiber, value: unknown): void {
    this.values[fiber.index] = value;
    this.left--;
    if (this.left > 0) return;
    this.settle(this.values);
    this.finish(fiber);
  }
}

/** Waits for the first that is accepted, or for the last if none is, and cancels the others. */
export class Race extends Join<unknown> {
  private readonly accept: ((value: unknown) => boolean) | null;

  constructor(
    flows: Flows,
    branches: readonly Flow<unknown>[],
    accept: ((value: unknown) => boolean) | null,
  ) {
    super(flows, branches);
    this.accept = accept;
    if (branches.length === 0) throw new RangeError('a race of no flows would never end');
  }

  override describe(): string {
    return 'ctx.race(…)';
  }

  override ended(fiber: Fiber, value: unknown): void {
    this.left--;
    if (this.left > 0 && this.accept !== null && !this.accept(value)) return;
    this.settle(value);
    this.finish(fiber);
  }
}

/**
 * What flows of one node wait at until another part of the node wakes them: a lock, a free slot, a
 * result that several await. The woken must look again whether they may go on: `while (busy) yield*
 * ctx.wait(freed)`.
 */
export class Signal {
  private readonly waiting = new Fifo<SignalWait>();

  /** Wakes the flow that has waited longest; false if there is none. */
  wakeOne(): boolean {
    for (let wait = this.waiting.shift(); wait !== undefined; wait = this.waiting.shift()) {
      if (wait.wake()) return true;
    }
    return false;
  }

  wakeAll(): void {
    // Those woken run later, so none of them can wait here again meanwhile.
    while (this.wakeOne()) {}
  }

  /** For waits only. */
  join(wait: SignalWait): void {
    this.waiting.push(wait);
  }
}

export class SignalWait extends Wait<void> {
  private readonly signal: Signal;

  constructor(flows: Flows, signal: Signal) {
    super(flows);
    this.signal = signal;
  }

  override describe(): string {
    return 'ctx.wait(…)';
  }

  protected override begin(): void {
    this.signal.join(this);
  }

  wake(): boolean {
    if (this.fiber === null) return false;
    this.settle(undefined);
    this.flows.advanceSoon(this);
    return true;
  }

  protected override abandon(): void {
    // Woken, but cancelled before it could run: the wake-up goes to the next, or it would be lost.
    if (this.done) this.signal.wakeOne();
  }
}
