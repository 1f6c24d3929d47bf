/**
 * How old what reads return is, in time and in versions (Bailis, Venkataraman, Franklin,
 * Hellerstein, Stoica: "Probabilistically bounded staleness", VLDB 2012).
 *
 * A write is *newer* than what a read returned if it was invoked after the write that was returned
 * was over; newer for certain, so that writes at the same time as each other are given the benefit
 * of the doubt. Of the newer writes that were acknowledged before the read was invoked,
 * - staleness in versions is their number (k-staleness),
 * - staleness in time is from the first of these acknowledgements to the invocation of the read
 *   (t-staleness): for so long it could have been known that the value was old.
 * A read without such a write is fresh: 0 and 0. What a read of a value that several writes set
 * returned is the one that makes it the freshest. A value whose write has no known end is fresh.
 */
import type { Operation } from '../../sim/history.ts';
import { INITIAL, type RegisterHistory } from '../causal/register-history.ts';

export interface Staleness {
  readonly read: Operation;
  /** 0 if fresh. */
  readonly staleUs: number;
  /** Acknowledged writes that are newer than what it returned; 0 if fresh. */
  readonly versions: number;
  /** The newer write that was acknowledged first, or null if fresh. */
  readonly newer: Operation | null;
}

/** Every read and compare-and-set that observed something that was written, in their order. */
export function stalenessOf(history: RegisterHistory): readonly Staleness[] {
  const writes: number[][] = history.keys.map(() => []);
  const reads: number[][] = history.keys.map(() => []);
  for (let o = 0; o < history.size; o++) {
    if (history.open[o] === 1) continue;
    const key = history.key[o]!;
    if (history.sets[o] === 1) writes[key]!.push(o);
    if (history.observes[o] === 1 && !history.refutes(o)) reads[key]!.push(o);
  }
  const found: (Staleness | undefined)[] = new Array(history.size);
  history.keys.forEach((_, key) => {
    const newer = new NewerWrites(history, writes[key]!);
    // Reads are in the order of their invocation, as the history is.
    for (const o of reads[key]!) {
      newer.acknowledgedBefore(history.operations[o]!.invokedAtUs);
      const best = history.sources[o]!.map((w) => measure(history, newer, o, w)).reduce<
        Staleness | undefined
      >((a, b) => (a === undefined || b.versions < a.versions ? b : a), undefined);
      found[o] = best;
    }
  });
  return found.filter((one) => one !== undefined);
}

function measure(
  history: RegisterHistory,
  newer: NewerWrites,
  o: number,
  source: number,
): Staleness {
  const read = history.operations[o]!;
  const overUs = source === INITIAL ? -1 : history.operations[source]!.completedAtUs;
  const { count, first } = newer.than(overUs);
  if (first < 0) return { read, staleUs: 0, versions: 0, newer: null };
  const write = history.operations[first]!;
  const staleUs = read.invokedAtUs - write.completedAtUs;
  return { read, staleUs, versions: count, newer: write };
}

/**
 * The acknowledged writes of one key, added in the order of their acknowledgement to a tree over
 * the order of their invocation (Fenwick 1994), which counts those invoked after a moment and knows
 * the first acknowledged of them.
 */
class NewerWrites {
  readonly #history: RegisterHistory;
  readonly #byEnd: readonly number[];
  readonly #invoked: Float64Array;
  /** Of the tree, from the last invoked to the first. */
  readonly #counts: Int32Array;
  readonly #firsts: Int32Array;
  readonly #placeOf: ReadonlyMap<number, number>;
  #added = 0;

  constructor(history: RegisterHistory, writes: readonly number[]) {
    this.#history = history;
    const { operations } = history;
    const endOf = (o: number) => operations[o]!.completedAtUs;
    this.#byEnd = [...writes].sort((a, b) => endOf(a) - endOf(b) || a - b);
    this.#invoked = Float64Array.from(writes, (o) => operations[o]!.invokedAtUs);
    this.#placeOf = new Map(writes.map((o, i) => [o, writes.length - i]));
    this.#counts = new Int32Array(writes.length + 1);
    this.#firsts = new Int32Array(writes.length + 1).fill(-1);
  }

  acknowledgedBefore(us: number): void {
    const { operations } = this.#history;
    while (this.#added < this.#byEnd.length) {
      const o = this.#byEnd[this.#added]!;
      if (operations[o]!.completedAtUs >= us) return;
      this.#added++;
      for (let i = this.#placeOf.get(o)!; i < this.#counts.length; i += i & -i) {
        this.#counts[i]!++;
        // The first to be added was acknowledged first.
        if (this.#firsts[i]! < 0) this.#firsts[i] = o;
      }
    }
  }

  /**
   * Those invoked after a moment: how many, and which was acknowledged first; -1 if there is none.
   */
  than(us: number): { readonly count: number; readonly first: number } {
    let low = 0;
    let high = this.#invoked.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#invoked[middle]! <= us) low = middle + 1;
      else high = middle;
    }
    let count = 0;
    let first = -1;
    for (let i = this.#invoked.length - low; i > 0; i -= i & -i) {
      count += this.#counts[i]!;
      const other = this.#firsts[i]!;
      if (other >= 0 && (first < 0 || this.#isSooner(other, first))) first = other;
    }
    return { count, first };
  }

  #isSooner(a: number, b: number): boolean {
    const { operations } = this.#history;
    return operations[a]!.completedAtUs < operations[b]!.completedAtUs;
  }
}
