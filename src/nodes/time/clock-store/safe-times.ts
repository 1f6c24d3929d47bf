/**
 * Up to which time all writes of the others are here (Corbett et al. 2012, Spanner, section 4.1.3:
 * safe time). Each member promises a time below which it will not write any more, with the number
 * of its writes so far; the promise counts once all of these have come.
 */
import type { NodeId } from '../../../sim/node.ts';

interface Other {
  life: number;
  /** Numbers of its writes that have come, beyond those that came without a gap. */
  readonly beyond: Set<number>;
  complete: number;
  /** The last promise: the time and the number of writes before it. */
  promise: { seq: number; untilMs: number } | null;
  safeMs: number;
}

export class SafeTimes {
  readonly #others: ReadonlyMap<NodeId, Other>;
  #waiting: { readonly untilMs: number; readonly then: () => void }[] = [];

  constructor(others: readonly NodeId[]) {
    this.#others = new Map(
      others.map((node) => [
        node,
        { life: 0, beyond: new Set(), complete: 0, promise: null, safeMs: -Infinity },
      ]),
    );
  }

  /** A write of another member has come. */
  got(from: NodeId, life: number, seq: number): void {
    const other = this.#of(from, life);
    if (other === null) return;
    other.beyond.add(seq);
    while (other.beyond.delete(other.complete + 1)) other.complete++;
    keepPromise(other);
  }

  /** Its writes after number `seq` will be stamped later than this time. */
  promised(from: NodeId, life: number, seq: number, untilMs: number): void {
    const other = this.#of(from, life);
    if (other === null || untilMs <= (other.promise?.untilMs ?? -Infinity)) return;
    other.promise = { seq, untilMs };
    keepPromise(other);
  }

  /** The last of its writes that came without a gap before it, if some are missing; else null. */
  missingAfter(from: NodeId): number | null {
    const other = this.#others.get(from);
    if (other === undefined || other.promise === null) return null;
    return other.complete < other.promise.seq ? other.complete : null;
  }

  /** Runs once nothing up to this time can come any more. */
  whenUntil(untilMs: number, then: () => void): void {
    this.#waiting.push({ untilMs, then });
    this.settle();
  }

  settle(): void {
    let safeMs = Infinity;
    for (const other of this.#others.values()) safeMs = Math.min(safeMs, other.safeMs);
    const ready = this.#waiting.filter(({ untilMs }) => untilMs <= safeMs);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > safeMs);
    for (const { then } of ready) then();
  }

  /** A new life numbers its writes again; what is late of an old one does not count. */
  #of(from: NodeId, life: number): Other | null {
    const other = this.#others.get(from);
    if (other === undefined || life < other.life) return null;
    if (life > other.life) {
      other.life = life;
      other.beyond.clear();
      other.complete = 0;
      other.promise = null;
    }
    return other;
  }
}

function keepPromise(other: Other): void {
  const { promise, complete } = other;
  if (promise === null || complete < promise.seq) return;
  other.safeMs = Math.max(other.safeMs, promise.untilMs);
}
