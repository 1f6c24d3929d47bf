/**
 * A lock inside a server, as a state machine: a mutex, a read-write lock or a semaphore, by how
 * many may hold it together.
 *
 * `hand-over` gives it to the one that has waited longest, who is not yet awake: nobody works until
 * it is. `barging` lets go and wakes the first, and whoever comes first takes it, so that some wait
 * long. Of readers and writers `readers` lets readers in whenever no writer is inside, so that
 * writers may wait forever; `writers` lets no reader pass a writer that waits (Courtois, Heymans
 * and Parnas 1971, "Concurrent Control with Readers and Writers").
 */
import { assert } from '../../../sim/assert.ts';

export const TURNS = ['hand-over', 'barging', 'readers', 'writers'] as const;
export type Turn = (typeof TURNS)[number];
export type Mode = 'shared' | 'exclusive';

interface Waiter {
  readonly thread: number;
  readonly mode: Mode;
  /** With barging: it was woken, and has not looked yet whether it may go on. */
  isWoken: boolean;
}

export class Lock {
  readonly name: string;
  private readonly turn: Turn;
  /** How many may hold it in shared mode. */
  private readonly permits: number;
  private readonly wake: (thread: number) => void;
  private readonly holders = new Map<number, { mode: Mode; depth: number }>();
  private waiters: Waiter[] = [];

  /** `wake` is called for each thread that should look again: with most turns it holds the lock. */
  constructor(name: string, turn: Turn, permits: number, wake: (thread: number) => void) {
    this.name = name;
    this.turn = turn;
    this.permits = permits;
    this.wake = wake;
  }

  get heldBy(): readonly number[] {
    return [...this.holders.keys()];
  }

  holds(thread: number): boolean {
    return this.holders.has(thread);
  }

  /** Takes the lock if that may be now; true if it has it. Else it waits. */
  acquire(thread: number, mode: Mode): boolean {
    if (this.mayEnter(mode)) {
      this.enter(thread, mode);
      return true;
    }
    this.waiters.push({ thread, mode, isWoken: false });
    return false;
  }

  /** One that was woken tries again, at the place where it waits; true if it has the lock. */
  retry(thread: number): boolean {
    if (this.holds(thread)) return true;
    const waiter = this.waiters.find((one) => one.thread === thread);
    if (waiter === undefined) return false;
    waiter.isWoken = false;
    if (!this.isOpen(waiter.mode)) return false;
    this.remove(thread);
    this.enter(thread, waiter.mode);
    return true;
  }

  /** A holder enters again. */
  enterAgain(thread: number): void {
    const held = this.holders.get(thread);
    assert(held !== undefined, 'only a holder enters again');
    held.depth++;
  }

  release(thread: number): void {
    const held = this.holders.get(thread);
    assert(held !== undefined, `thread ${thread} releases ${this.name}, which it does not hold`);
    held.depth--;
    if (held.depth > 0) return;
    this.holders.delete(thread);
    this.passOn();
  }

  /**
   * Gives up waiting, if it waits. Others may go on for that: readers behind a writer, or the next
   * one where this one was woken.
   */
  withdraw(thread: number): void {
    if (this.remove(thread)) this.passOn();
  }

  /** Whether it did wait. */
  private remove(thread: number): boolean {
    const before = this.waiters.length;
    this.waiters = this.waiters.filter((one) => one.thread !== thread);
    return this.waiters.length < before;
  }

  private enter(thread: number, mode: Mode): void {
    assert(this.isOpen(mode), `${this.name} admits no more than it may`);
    this.holders.set(thread, { mode, depth: 1 });
  }

  /** Whether those that hold it leave room. */
  private isOpen(mode: Mode): boolean {
    if (mode === 'exclusive') return this.holders.size === 0;
    for (const { mode: held } of this.holders.values()) if (held === 'exclusive') return false;
    return this.holders.size < this.permits;
  }

  /** Whether one that comes now may pass those that wait. */
  private mayEnter(mode: Mode): boolean {
    if (!this.isOpen(mode)) return false;
    switch (this.turn) {
      case 'barging':
        return true;
      case 'readers':
        return mode === 'shared' || this.waiters.length === 0;
      case 'writers':
        return mode === 'exclusive' || !this.waiters.some((one) => one.mode === 'exclusive');
      case 'hand-over':
        return this.waiters.length === 0;
    }
  }

  private passOn(): void {
    if (this.turn === 'barging') return this.wakeAsManyAsFit();
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.remove(next.thread);
      this.enter(next.thread, next.mode);
      this.wake(next.thread);
    }
  }

  /** The first of those that wait, and with it all behind it that could hold the lock together. */
  private wakeAsManyAsFit(): void {
    let room = this.permits - this.holders.size;
    for (const waiter of this.waiters) {
      const isAlone = waiter.mode === 'exclusive' && waiter !== this.waiters[0];
      if (room <= 0 || isAlone || !this.isOpen(waiter.mode)) return;
      room = waiter.mode === 'exclusive' ? 0 : room - 1;
      if (waiter.isWoken) continue;
      waiter.isWoken = true;
      this.wake(waiter.thread);
    }
  }

  private next(): Waiter | undefined {
    const { waiters, turn } = this;
    const preferred = turn === 'readers' ? 'shared' : turn === 'writers' ? 'exclusive' : null;
    const first = waiters.find(({ mode }) => mode === preferred) ?? waiters[0];
    return first !== undefined && this.isOpen(first.mode) ? first : undefined;
  }
}
