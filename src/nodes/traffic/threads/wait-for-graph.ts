/**
 * Which thread waits for which: a cycle is a deadlock (Holt 1972, "Some Deadlock Properties of
 * Computer Systems").
 */
import type { Lock } from './lock.ts';

export class WaitForGraph {
  /** The lock that each thread waits for. */
  private readonly waits = new Map<number, Lock>();

  waitsFor(thread: number, lock: Lock): void {
    this.waits.set(thread, lock);
  }

  goesOn(thread: number): void {
    this.waits.delete(thread);
  }

  /** The cycle that this thread is in, from it on; null if there is none. */
  cycleOf(thread: number): readonly number[] | null {
    return this.pathTo(thread, thread, new Set());
  }

  private pathTo(from: number, goal: number, seen: Set<number>): readonly number[] | null {
    const lock = this.waits.get(from);
    if (lock === undefined || seen.has(from)) return null;
    seen.add(from);
    for (const holder of lock.heldBy) {
      if (holder === goal) return [from];
      const rest = this.pathTo(holder, goal, seen);
      if (rest !== null) return [from, ...rest];
    }
    return null;
  }
}
