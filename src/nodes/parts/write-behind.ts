/**
 * Write-behind: writes are answered before they are at the target, and sent on later, one after the
 * other.
 *
 * Of several writes to one key between two flushes only the last is sent. What waits is volatile: a
 * crash loses writes that were acknowledged, as many as `flush-every` and a slow target let gather.
 * A write that the target refuses for good is dropped, long after its client has got the answer.
 * One whose fate is unknown is sent again: with a store that does not drop repeats by session and
 * serial, the first copy may still come, after a newer write.
 */
import {
  type Flow,
  type FlowContext,
  isDefinite,
  type Outcome,
  type RequestBody,
  Signal,
} from '../../sim/call.ts';
import { mayRetry } from './retry.ts';
import { timeLeft } from './time-left.ts';

/** A write that was answered, and is not at the target yet. */
export interface Owed {
  readonly body: RequestBody;
  readonly object: string | null;
  /** What reads are answered meanwhile, by name. */
  readonly answers: ReadonlyMap<string, Outcome>;
}

export interface BehindSpec {
  /** Between two flushes, in ms. */
  readonly everyMs: number;
  /** How long each write may take at the target, in ms. */
  readonly timeoutMs: number;
  /** Writes that may wait; one more goes through. */
  readonly most: number;
}

/** Sends one write to the target, in a session of the node's own. */
export type Deliver = (ctx: FlowContext, body: RequestBody, timeoutMs: number) => Flow<Outcome>;

/** What becomes of a write: it is at the target, or was refused there. */
export type Settled = (ctx: FlowContext, owed: Owed, outcome: Outcome) => void;

export class WriteBehind {
  private readonly spec: BehindSpec;
  /** By object, the last write; those that have waited longest first. */
  private readonly owed = new Map<string | null, Owed>();
  /** Wakes the flush before its time: somebody waits for it. */
  private readonly hurry = new Signal();
  /** Wakes those that wait for writes to be at the target. */
  private readonly flushed = new Signal();
  private running = false;
  /** How many wait for a flush. */
  private waiting = 0;

  constructor(spec: BehindSpec) {
    this.spec = spec;
  }

  get size(): number {
    return this.owed.size;
  }

  /** The answer of a read that follows from a waiting write; null if none does. */
  answer(name: string, object: string | null): Outcome | null {
    return this.owed.get(object)?.answers.get(name) ?? null;
  }

  /** Whether a write waits that a request about this object must not overtake. */
  concerns(object: string | null): boolean {
    if (object === null) return this.owed.size > 0;
    return this.owed.has(object) || this.owed.has(null);
  }

  /**
   * Whether a write may be taken over. Not while somebody waits for a flush: it would wait forever
   * behind writes that come later.
   */
  hasRoomFor(object: string | null): boolean {
    if (this.waiting > 0) return false;
    return this.owed.has(object) || this.owed.size < this.spec.most;
  }

  /** Takes over a write; from now on it is this node's to deliver. */
  take(ctx: FlowContext, owed: Owed, deliver: Deliver, settled: Settled): void {
    // It takes the place of the one before it: the older is never sent.
    this.owed.set(owed.object, owed);
    if (this.running) return;
    this.running = true;
    ctx.fork((own) => this.run(own, deliver, settled));
  }

  /** Waits until no write waits that concerns this object, or the request has no time left. */
  *settle(ctx: FlowContext, object: string | null): Flow {
    while (this.concerns(object)) {
      const left = timeLeft(ctx);
      if (left <= 0) return;
      this.waiting++;
      this.hurry.wakeAll();
      try {
        if (left === Infinity) yield* ctx.wait(this.flushed);
        else yield* ctx.race([ctx.wait(this.flushed), ctx.sleep(left)]);
      } finally {
        this.waiting--;
      }
    }
  }

  /** Flushes at intervals until nothing waits. */
  private *run(ctx: FlowContext, deliver: Deliver, settled: Settled): Flow {
    while (this.owed.size > 0) {
      if (this.waiting === 0) {
        yield* ctx.race([ctx.sleep(this.spec.everyMs), ctx.wait(this.hurry)]);
      }
      let failed = false;
      for (const owed of [...this.owed.values()]) {
        const outcome = yield* deliver(ctx, owed.body, this.spec.timeoutMs);
        if (!outcome.ok && comesBack(outcome.code)) failed = true;
        else this.done(ctx, owed, outcome, settled);
        this.flushed.wakeAll();
      }
      // A target in trouble is not asked again at once, whoever waits.
      if (failed) yield* ctx.sleep(this.spec.everyMs);
    }
    this.running = false;
  }

  private done(ctx: FlowContext, owed: Owed, outcome: Outcome, settled: Settled): void {
    // A newer write to the object, taken meanwhile, still waits.
    if (this.owed.get(owed.object) === owed) this.owed.delete(owed.object);
    settled(ctx, owed, outcome);
  }
}

/** Whether a write is sent again after this error: it did not happen, or nobody knows. */
function comesBack(code: string): boolean {
  return !isDefinite(code) || mayRetry(code, true);
}
