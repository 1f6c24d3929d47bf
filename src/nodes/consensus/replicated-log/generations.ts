/**
 * Where in a log each generation of leaders begins: by this two logs find the place where they part
 * (the leader epoch cache of KIP-101). Generations only rise along a log.
 */
import { assert } from '../../../sim/assert.ts';

/** The first record of a generation. */
interface Start {
  readonly generation: number;
  readonly from: number;
}

export class Generations {
  /** Each generation that has records, with the offset of its first one. */
  readonly #starts: Start[] = [];

  /** A record of this generation now stands at this offset. */
  append(generation: number, offset: number): void {
    const last = this.#starts.at(-1);
    if (last?.generation === generation) return;
    assert(last === undefined || last.generation < generation, 'generations rise along a log');
    this.#starts.push({ generation, from: offset });
  }

  /** The log now ends here. */
  truncate(end: number): void {
    while ((this.#starts.at(-1)?.from ?? -1) >= end) this.#starts.pop();
  }

  /** Of the record at this offset; 0 before the first one. The log must go that far. */
  at(offset: number): number {
    for (let i = this.#starts.length - 1; i >= 0; i--) {
      const start = this.#starts[i] as Start;
      if (start.from <= offset) return start.generation;
    }
    return 0;
  }

  /**
   * The last generation up to this one that has records, and the offset behind its last record;
   * `logEnd` is that of the log.
   */
  lastUpTo(generation: number, logEnd: number): { readonly of: number; readonly end: number } {
    let end = logEnd;
    for (let i = this.#starts.length - 1; i >= 0; i--) {
      const start = this.#starts[i] as Start;
      if (start.generation <= generation) return { of: start.generation, end };
      end = start.from;
    }
    return { of: 0, end: 0 };
  }
}
