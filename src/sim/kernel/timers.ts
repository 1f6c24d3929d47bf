/**
 * All timers of a world. A queued event names a slot and an epoch; whatever makes the event void
 * (an earlier deadline, a cancel, a crash) moves the slot's epoch on, so a stale event is told by
 * one comparison and slots can be used again at once.
 */
import { widenInts } from './network.ts';
import type { EventQueue } from './queue.ts';

/** The kind of a timer's event in the queue. */
export const TIMEOUT = 2;

export interface Timer {
  readonly host: number;
  readonly tag: string;
  readonly key: number;
  readonly slot: number;
  deadlineUs: number;
  /** When its valid event is due; Infinity when none is queued. */
  queuedUs: number;
}

export class TimerTable {
  private readonly queue: EventQueue;
  private readonly timers: (Timer | null)[] = [];
  private epochs = new Int32Array(256);
  private readonly free: number[] = [];

  constructor(queue: EventQueue) {
    this.queue = queue;
  }

  make(host: number, tag: string, key: number): Timer {
    let slot = this.free.pop();
    if (slot === undefined) {
      slot = this.timers.length;
      this.timers.push(null);
      if (slot === this.epochs.length) this.epochs = widenInts(this.epochs);
    }
    const timer: Timer = { host, tag, key, slot, deadlineUs: Infinity, queuedUs: Infinity };
    this.timers[slot] = timer;
    return timer;
  }

  release(timer: Timer): void {
    this.epochs[timer.slot]!++;
    this.timers[timer.slot] = null;
    this.free.push(timer.slot);
  }

  /** Queues the timer's one valid event. */
  arm(timer: Timer): void {
    timer.queuedUs = timer.deadlineUs;
    const epoch = ++this.epochs[timer.slot]!;
    this.queue.push(timer.deadlineUs, TIMEOUT, timer.host, timer.slot, epoch);
  }

  /**
   * The timer that is due by this event; null if the event is stale, or came early and is queued
   * again.
   */
  due(slot: number, epoch: number, nowUs: number): Timer | null {
    if (this.epochs[slot] !== epoch) return null;
    const timer = this.timers[slot]!;
    timer.queuedUs = Infinity;
    if (timer.deadlineUs <= nowUs) return timer;
    if (timer.deadlineUs !== Infinity) this.arm(timer);
    return null;
  }

  at(slot: number): Timer | null {
    return this.timers[slot] ?? null;
  }
}
