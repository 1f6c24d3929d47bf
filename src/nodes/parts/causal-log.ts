/**
 * Operations of several replicas, each delivered once, and after all that its replica had delivered
 * before it. All are kept, so that a replica that has nothing gets everything.
 */
import { countOf, descends, increment, NO_EVENTS, type VersionVector } from './version-vector.ts';

export type Op<E> = {
  /** The replica that made it, by a name that no other disk has. */
  readonly origin: string;
  /** Its number there, from 1. */
  readonly n: number;
  /** What its replica had delivered before it. */
  readonly deps: VersionVector;
  readonly effect: E;
};

export class CausalLog<E> {
  /** How many of each origin were delivered. */
  have: VersionVector = NO_EVENTS;
  readonly #ops = new Map<string, Op<E>[]>();
  #early: readonly Op<E>[] = [];

  get earlyCount(): number {
    return this.#early.length;
  }

  /** The next operation of this replica, for `add`. */
  next(origin: string, effect: E): Op<E> {
    return { origin, n: countOf(this.have, origin) + 1, deps: this.have, effect };
  }

  /** What can be delivered now, in order; the rest waits. What was delivered before is dropped. */
  add(ops: readonly Op<E>[]): readonly Op<E>[] {
    const delivered: Op<E>[] = [];
    let waiting = [...this.#early, ...ops];
    for (let count = -1; count !== waiting.length; ) {
      count = waiting.length;
      waiting = waiting.filter((op) => {
        if (this.has(op)) return false;
        if (!this.#isNext(op)) return true;
        this.#take(op);
        delivered.push(op);
        return false;
      });
    }
    this.#early = waiting;
    return delivered;
  }

  has({ origin, n }: Op<E>): boolean {
    return n <= countOf(this.have, origin);
  }

  #isNext({ origin, n, deps }: Op<E>): boolean {
    return n === countOf(this.have, origin) + 1 && descends(this.have, deps);
  }

  #take(op: Op<E>): void {
    const { origin } = op;
    const of = this.#ops.get(origin);
    if (of === undefined) this.#ops.set(origin, [op]);
    else of.push(op);
    this.have = increment(this.have, origin);
  }

  /** What somebody who has this lacks, at most `most`, each origin's in order. */
  missing(has: VersionVector, most: number): readonly Op<E>[] {
    const missing: Op<E>[] = [];
    for (const [origin, ops] of this.#ops) {
      const from = countOf(has, origin);
      missing.push(...ops.slice(from, from + most - missing.length));
    }
    return missing;
  }
}
