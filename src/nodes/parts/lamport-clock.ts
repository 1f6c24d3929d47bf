/**
 * Lamport's clock (Lamport 1978, Time, Clocks, and the Ordering of Events in a Distributed System):
 * a counter that each event raises, and each message raises above the number that it brings. If one
 * event can have caused another, its number is smaller; the names of the nodes order the rest.
 */
export class LamportClock {
  readonly #increments: boolean;
  #time = 0;

  /** `increments: false` is a mistake: a receive has the number of its send, and the two tie. */
  constructor(increments = true) {
    this.#increments = increments;
  }

  get time(): number {
    return this.#time;
  }

  /** The number of an event of this node: a write, a send. */
  tick(): number {
    return ++this.#time;
  }

  /** A message came with this number: implementation rule 2 of the paper. */
  receive(time: number): number {
    this.#time = Math.max(this.#time, time) + (this.#increments ? 1 : 0);
    return this.#time;
  }

  /** Goes on from a number of an earlier life. */
  restore(time: number): void {
    this.#time = Math.max(this.#time, time);
  }
}
