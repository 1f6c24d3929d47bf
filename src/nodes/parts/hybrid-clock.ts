/**
 * A hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva, Leone 2014, Logical Physical Clocks):
 * `l` is the largest physical time that the node has heard of, `c` counts events within it. It is
 * as good as a Lamport clock for causes and effects, and stays as close to physical time as the
 * clocks of the nodes are to each other: `l >= pt`, and `l - pt` is at most their largest
 * difference.
 */

/** Compared by `l`, then by `c`. */
export type HybridTime = readonly [l: number, c: number];

export class HybridClock {
  #l = 0;
  #c = 0;

  get time(): HybridTime {
    return [this.#l, this.#c];
  }

  /** A local event or a send, at this physical time. */
  tick(physical: number): HybridTime {
    const l = Math.max(this.#l, physical);
    this.#c = l === this.#l ? this.#c + 1 : 0;
    this.#l = l;
    return this.time;
  }

  /** A message came with this time: the four cases of figure 5. */
  receive([l, c]: HybridTime, physical: number): HybridTime {
    const next = Math.max(this.#l, l, physical);
    if (next === this.#l && next === l) this.#c = Math.max(this.#c, c) + 1;
    else if (next === this.#l) this.#c++;
    else if (next === l) this.#c = c + 1;
    else this.#c = 0;
    this.#l = next;
    return this.time;
  }

  /** Goes on above a time that an earlier life may have used. */
  restore(l: number): void {
    if (l <= this.#l) return;
    this.#l = l;
    this.#c = 0;
  }
}
