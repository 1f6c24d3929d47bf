/**
 * All timers of a world. A queued event names a slot and an epoch; whatever makes the event void
 * (an earlier deadline, a cancel, a crash) moves the slot's epoch on, so one comparison finds a
 * stale event, and slots can be used again at once.
 *
 * Times are in a column, not in the timers: a double in an object is an object of its own.
 */
import { assert } from '../assert.ts';
import { TIMEOUT } from './event-kinds.ts';
import { widened } from './growth.ts';
import type { EventQueue } from './queue.ts';

export interface Timer {
  readonly host: number;
  readonly tag: string;
  readonly key: number;
  readonly slot: number;
  /** Counts the timers of the world in the order in which they were made. */
  readonly made: number;
}

export class TimerTable {
  private readonly queue: EventQueue;
  private readonly timers: (Timer | null)[] = [];
  /** By slot: the deadline, and when the one valid event is due. Infinity for none. */
  private times = new Float64Array(2 * 256);
  private epochs = new Int32Array(256);
  private readonly free: number[] = [];
  private made = 0;

  constructor(queue: EventQueue) {
    this.queue = queue;
  }

  make(host: number, tag: string, key: number): Timer {
    let slot = this.free.pop();
    if (slot === undefined) {
      slot = this.timers.length;
      this.timers.push(null);
      if (slot === this.epochs.length) this.widen();
    }
    const timer: Timer = { host, tag, key, slot, made: ++this.made };
    this.timers[slot] = timer;
    this.times[2 * slot] = Infinity;
    this.times[2 * slot + 1] = Infinity;
    return timer;
  }

  release(timer: Timer): void {
    assert(this.timers[timer.slot] === timer, 'a timer is released once');
    this.epochs[timer.slot]!++;
    this.timers[timer.slot] = null;
    this.free.push(timer.slot);
  }

  /** Sets the deadline. The queued event, if it comes no later, will find it. */
  set(timer: Timer, deadlineUs: number): void {
    const { slot } = timer;
    this.times[2 * slot] = deadlineUs;
    if (this.times[2 * slot + 1]! > deadlineUs) this.arm(timer, deadlineUs);
  }

  /** When it is due; Infinity if it is not set. */
  deadlineOf(timer: Timer): number {
    return this.times[2 * timer.slot]!;
  }

  /** Takes the deadline away; the queued event goes on, for the next one. */
  unset(timer: Timer): void {
    this.times[2 * timer.slot] = Infinity;
  }

  /**
   * What is left of a timer takes `factor` times as long; false if that moves it by no µs, or if it
   * is not under way.
   */
  stretch(timer: Timer, factor: number, nowUs: number): boolean {
    const leftUs = this.deadlineOf(timer) - nowUs;
    if (leftUs <= 0 || leftUs === Infinity) return false;
    const stretchedUs = Math.round(leftUs * factor);
    if (stretchedUs === leftUs) return false;
    this.set(timer, nowUs + stretchedUs);
    return true;
  }

  private arm(timer: Timer, deadlineUs: number): void {
    const { slot } = timer;
    this.times[2 * slot + 1] = deadlineUs;
    const epoch = ++this.epochs[slot]!;
    this.queue.push(deadlineUs, TIMEOUT, timer.host, slot, epoch);
  }

  /** The timer due by this event; null if the event is stale, or came early and is queued again. */
  due(slot: number, epoch: number, nowUs: number): Timer | null {
    if (this.epochs[slot] !== epoch) return null;
    const timer = this.timers[slot]!;
    const deadlineUs = this.times[2 * slot]!;
    if (deadlineUs <= nowUs) {
      this.times[2 * slot + 1] = Infinity;
      return timer;
    }
    if (deadlineUs !== Infinity) this.arm(timer, deadlineUs);
    else this.times[2 * slot + 1] = Infinity;
    return null;
  }

  at(slot: number): Timer | null {
    return this.timers[slot] ?? null;
  }

  private widen(): void {
    this.epochs = widened(this.epochs);
    this.times = widened(this.times);
  }
}
