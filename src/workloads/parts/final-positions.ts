/**
 * What the processes of a load read at the end: each reads once, or each key once. They go through
 * the same positions, each process by itself.
 */
export class FinalPositions {
  readonly #count: number;
  readonly #next = new Map<number, number>();

  /** `count`: how many positions there are. */
  constructor(count: number) {
    this.#count = count;
  }

  /** The next position of a process, from 0; null once it has had all. */
  next(process: number): number | null {
    const position = this.#next.get(process) ?? 0;
    if (position >= this.#count) return null;
    this.#next.set(process, position + 1);
    return position;
  }
}
