/**
 * A monitor around a bounded buffer: one thread inside at a time, and conditions on which those
 * that cannot go on wait outside (Hoare 1974; with the signals of Lampson and Redell 1980,
 * "Experience with Processes and Monitors in Mesa": who is woken is not inside yet, and must look
 * again).
 */
import { type Flow, type FlowContext, Signal } from '../../../sim/call.ts';

export type MonitorBug = 'if-not-while' | 'lost-wakeup';

/** A condition: threads that sleep until it may hold. */
class Condition {
  private readonly sleepers: Sleeper[] = [];
  /** Those that were woken, and are not inside yet. */
  woken = 0;

  get asleep(): number {
    return this.sleepers.length;
  }

  wakeOne(): void {
    const sleeper = this.sleepers.shift();
    if (sleeper === undefined) return;
    this.woken++;
    sleeper.isWoken = true;
    sleeper.signal.wakeAll();
  }

  /** Sleeps until it is woken, and then for the time until it runs. */
  *sleep(ctx: FlowContext, switchMs: number): Flow<void> {
    const sleeper: Sleeper = { signal: new Signal(), isWoken: false };
    this.sleepers.push(sleeper);
    let isUp = false;
    try {
      yield* ctx.wait(sleeper.signal);
      if (switchMs > 0) yield* ctx.sleep(switchMs);
      isUp = true;
    } finally {
      if (sleeper.isWoken) this.woken--;
      else this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
      // Cancelled when it was woken: the next one has its turn.
      if (sleeper.isWoken && !isUp) this.wakeOne();
    }
  }
}

interface Sleeper {
  readonly signal: Signal;
  isWoken: boolean;
}

export class BoundedBuffer {
  private readonly capacity: number;
  private readonly bug: MonitorBug | null;
  private readonly switchMs: number;
  private readonly notEmpty = new Condition();
  private readonly notFull = new Condition();
  /** Items inside. */
  private items = 0;

  /** `switchMs`: from being woken to being inside again. */
  constructor(capacity: number, switchMs: number, bug: MonitorBug | null) {
    this.capacity = capacity;
    this.switchMs = switchMs;
    this.bug = bug;
  }

  *put(ctx: FlowContext): Flow<void> {
    yield* this.until(ctx, this.notFull, () => this.items < this.capacity);
    this.items++;
    this.wake(this.notEmpty, this.items === 1);
  }

  *take(ctx: FlowContext): Flow<void> {
    yield* this.until(ctx, this.notEmpty, () => this.items > 0);
    this.items--;
    this.wake(this.notFull, this.items === this.capacity - 1);
  }

  inspect() {
    const { items, capacity, notEmpty, notFull } = this;
    // Those that were woken have one item, or one place, each.
    const spareItems = notEmpty.asleep === 0 ? 0 : items - notEmpty.woken;
    const sparePlaces = notFull.asleep === 0 ? 0 : capacity - items - notFull.woken;
    return { items, capacity, couldGo: Math.max(0, spareItems, sparePlaces) };
  }

  private *until(ctx: FlowContext, condition: Condition, holds: () => boolean): Flow<void> {
    while (!holds()) {
      yield* condition.sleep(ctx, this.switchMs);
      // Somebody else may have been inside since: only who looks again knows.
      if (this.bug === 'if-not-while') return;
    }
  }

  /** `isFirst`: only now somebody can go on. Two of them may wait, and the second is not woken. */
  private wake(condition: Condition, isFirst: boolean): void {
    if (this.bug !== 'lost-wakeup' || isFirst) condition.wakeOne();
  }
}
