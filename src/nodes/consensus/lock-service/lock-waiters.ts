/**
 * Who waits at the leader for a lock, first come, first served: who reads does not overtake who
 * wants to write, or a stream of readers would keep it out forever. One acquire of a lock is in
 * the log at a time: the next goes in when the outcome of the one before is known, and the lock is
 * free for it.
 */

/** A request that waits. */
export interface LockWaiter {
  readonly untilMs: number;
  /** It would have the lock together with others that read. */
  readonly shared: boolean;
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

  /** The first who waits tries, if the lock is free for it. */
  next(key: string, isFree: (shared: boolean) => boolean): void {
    if (this.#underWay.has(key)) return;
    const waiting = this.#waiting.get(key);
    const [waiter] = waiting ?? [];
    if (waiter === undefined || !isFree(waiter.shared)) return;
    waiting?.shift();
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
