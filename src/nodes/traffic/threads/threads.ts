/**
 * A server whose threads share data: a request takes the lock of its key, works while it holds it,
 * and lets go. What it can do at most is what goes through the lock, whatever the number of
 * threads.
 */
import {
  bodyOf,
  errorBody,
  type Flow,
  type FlowContext,
  type ReplyBody,
  Signal,
} from '../../../sim/call.ts';
import type { Detail } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import { textOf } from '../../parts/request-fields.ts';
import { textHash } from '../../parts/text-hash.ts';
import type { Bug, threadsParams } from './declared.ts';
import { Lock, type Mode } from './lock.ts';
import { BoundedBuffer } from './monitor.ts';
import { WaitForGraph } from './wait-for-graph.ts';

type Given = Params<typeof threadsParams>;

export class Threads implements Service {
  readonly #given: Given;
  readonly #bug: Bug | null;
  readonly #locks: readonly Lock[];
  readonly #buffer: BoundedBuffer;
  readonly #graph = new WaitForGraph();
  /** Threads that wait for a lock, and how they are woken. */
  readonly #signals = new Map<number, Signal>();
  #threads = 0;
  #served = 0;

  constructor(given: Given, bug: Bug | null) {
    this.#given = given;
    this.#bug = bug;
    const permits = given.guard === 'semaphore' ? given.permits : Infinity;
    const wake = (thread: number) => this.#signals.get(thread)?.wakeAll();
    this.#locks = Array.from(
      { length: given.locks },
      (_, i) => new Lock(`lock ${i + 1}`, given.turn, permits, wake),
    );
    const ofMonitor = bug === 'lock-order' ? null : bug;
    this.#buffer = new BoundedBuffer(given.capacity, given.switch, ofMonitor);
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    const { outside, reads, guard } = this.#given;
    const body = bodyOf(request);
    this.#threads++;
    const thread = this.#threads;
    const isRead = reads > 0 && ctx.random.chance(reads);
    yield* ctx.sleep(ctx.random.draw(outside));
    if (guard === 'monitor') yield* this.#exchange(ctx, isRead);
    else {
      const isShared = guard === 'semaphore' || (guard === 'read-write' && isRead);
      const key = textHash(textOf(body, 'key'));
      const why = yield* this.#guarded(ctx, thread, key, isShared ? 'shared' : 'exclusive');
      if (why !== null) return errorBody('temporarily-unavailable', why);
    }
    this.#served++;
    return { ...body, type: `${body.type}_ok` };
  }

  inspect(): Detail {
    const holding = this.#locks.reduce((sum, { heldBy }) => sum + heldBy.length, 0);
    const own = { served: this.#served, holding, blocked: this.#signals.size };
    return this.#given.guard === 'monitor' ? { ...own, ...this.#buffer.inspect() } : own;
  }

  *#exchange(ctx: FlowContext, takes: boolean): Flow<void> {
    yield* ctx.sleep(ctx.random.draw(this.#given.hold));
    yield* takes ? this.#buffer.take(ctx) : this.#buffer.put(ctx);
  }

  /** The work under its lock or locks; a sentence when it was given up. */
  *#guarded(ctx: FlowContext, thread: number, key: number, mode: Mode): Flow<string | null> {
    const { hold, pairs, depth } = this.#given;
    const needs = this.#needs(ctx, key, pairs);
    const held: Lock[] = [];
    try {
      for (const lock of needs) {
        for (let level = 1; level <= depth; level++) {
          const why = yield* this.#enter(ctx, thread, lock, mode);
          if (why !== null) return why;
          held.push(lock);
        }
        yield* ctx.sleep(ctx.random.draw(hold) / needs.length);
      }
      return null;
    } finally {
      for (const lock of held.reverse()) lock.release(thread);
    }
  }

  /** In one order for all, or two threads may each hold what the other needs. */
  #needs(ctx: FlowContext, key: number, pairs: number): readonly Lock[] {
    const count = this.#locks.length;
    const first = key % count;
    if (count === 1 || pairs === 0 || !ctx.random.chance(pairs)) {
      return [this.#locks[first] as Lock];
    }
    const second = (first + ctx.random.int(1, count - 1)) % count;
    const asked = [first, second];
    if (this.#bug !== 'lock-order') asked.sort((a, b) => a - b);
    return asked.map((i) => this.#locks[i] as Lock);
  }

  *#enter(ctx: FlowContext, thread: number, lock: Lock, mode: Mode): Flow<string | null> {
    if (lock.holds(thread)) return yield* this.#enterAgain(ctx, thread, lock);
    if (lock.acquire(thread, mode)) return null;
    const beganMs = ctx.elapsed();
    const signal = new Signal();
    this.#signals.set(thread, signal);
    this.#graph.waitsFor(thread, lock);
    try {
      const cycle = this.#given.detect ? this.#graph.cycleOf(thread) : null;
      if (cycle !== null) return this.#deadlock(ctx, cycle);
      return yield* this.#waited(ctx, thread, lock, signal, beganMs);
    } finally {
      this.#graph.goesOn(thread);
      this.#signals.delete(thread);
      lock.withdraw(thread);
      ctx.measure('lock-wait', ctx.elapsed() - beganMs);
    }
  }

  /** The holder of a lock wants it again: without re-entrance it waits for itself. */
  *#enterAgain(ctx: FlowContext, thread: number, lock: Lock): Flow<string | null> {
    const { detect, 'lock-timeout': mostMs } = this.#given;
    if (this.#given['re-entrant']) {
      lock.enterAgain(thread);
      return null;
    }
    if (detect) return this.#deadlock(ctx, [thread]);
    if (mostMs === undefined) yield* ctx.wait(new Signal());
    else yield* ctx.sleep(mostMs);
    ctx.measure('lock-timeouts');
    return `${lock.name} was not free in time`;
  }

  #deadlock(ctx: FlowContext, cycle: readonly number[]): string {
    ctx.measure('deadlocks');
    ctx.note('deadlock', { cycle: cycle.join(' ') });
    return 'threads wait for each other';
  }

  *#waited(
    ctx: FlowContext,
    thread: number,
    lock: Lock,
    signal: Signal,
    beganMs: number,
  ): Flow<string | null> {
    const { switch: switchMs, turn } = this.#given;
    const mostMs = this.#given['lock-timeout'] ?? Infinity;
    let isMine = false;
    try {
      for (;;) {
        const leftMs = mostMs - (ctx.elapsed() - beganMs);
        if (leftMs <= 0 && !lock.holds(thread)) {
          ctx.measure('lock-timeouts');
          return `${lock.name} was not free in time`;
        }
        if (!lock.holds(thread)) {
          if (leftMs === Infinity) yield* ctx.wait(signal);
          else yield* ctx.race([ctx.wait(signal), ctx.sleep(leftMs)]);
        }
        const wasWoken = lock.holds(thread) || turn === 'barging';
        if (wasWoken && switchMs > 0) yield* ctx.sleep(switchMs);
        if (!lock.retry(thread)) continue;
        isMine = true;
        return null;
      }
    } finally {
      // Cancelled just as it was handed the lock, before it could run.
      if (!isMine && lock.holds(thread)) lock.release(thread);
    }
  }
}
