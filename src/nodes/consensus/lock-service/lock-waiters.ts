/**
 * Who waits at the leader for a lock, first come, first served. One acquire of a lock is in the log
 * at a time: the next goes in when the outcome of the one before is known.
 */

/** A request that waits. */
export interface LockWaiter {
  readonly untilMs: number;
  /** Puts it into the log. */
  readonly go: () => void;
  /** Its patience is over. */
  readonly refuse: () => void;
}

export class LockWaiters {
  readonly #waiting = new Map<string, LockWaiter[]>();
  readonly #underWay = new Set<string>();

  /** Whether an acquire of this lock has to wait for others. */
  isBusy(key: string): boolean {
    return this.#underWay.has(key) || (this.#waiting.get(key)?.length ?? 0) > 0;
  }

  /** An acquire goes into the log. */
  begin(key: string): void {
    this.#underWay.add(key);
  }

  wait(key: string, waiter: LockWaiter): void {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiting);
    waiting.push(waiter);
  }

  /** The outcome of the acquire under way is known. */
  done(key: string): void {
    this.#underWay.delete(key);
  }

  /** The lock may be free: the first who waits tries. */
  next(key: string): void {
    if (this.#underWay.has(key)) return;
    const waiter = this.#waiting.get(key)?.shift();
    if (waiter === undefined) return;
    this.#underWay.add(key);
    waiter.go();
  }

  /** Refuses those whose time is over; returns when the next one's is. */
  settle(nowMs: number): number {
    let nextMs = Infinity;
    for (const [key, waiting] of this.#waiting) {
      const left: LockWaiter[] = [];
      for (const waiter of waiting) {
        if (waiter.untilMs <= nowMs) waiter.refuse();
        else {
          left.push(waiter);
          if (waiter.untilMs < nextMs) nextMs = waiter.untilMs;
        }
      }
      if (left.length === 0) this.#waiting.delete(key);
      else this.#waiting.set(key, left);
    }
    return nextMs;
  }

  /** It leads no more: each of them is passed on, to be refused by the server. */
  dismiss(): void {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#underWay.clear();
    for (const waiter of all) waiter.go();
  }
}
