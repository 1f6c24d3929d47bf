/**
 * The keys that operations are on: how many there are, and how often each is asked for. One class
 * for every keyed workload, so that a heat (a fault that makes a key hot) and a choice mean the
 * same in all of them.
 *
 * - `uniform`: each as often as the others.
 * - `zipf(s)`: the key of rank r with weight 1/r^s, `k1` most often.
 * - `hotspot(k, o)`: the first k of the keys get the share o of the operations, evenly.
 * - `latest(f)`: the share f of the operations is on a key that is new and takes the place of the
 *   oldest; the others prefer those that came last, by Zipf's law of their age (Cooper et al. 2010,
 *   Benchmarking Cloud Serving Systems with YCSB, section 4.1).
 * - `loop`: one after the other, round and round: what a cache of least recently used keys that is
 *   a little too small never hits.
 */
import type { Random } from '../../sim/node.ts';
import type { KeySpace, KeySpec } from '../../sim/params.ts';
import { ZipfLaw } from './zipf-law.ts';

export class Keys {
  readonly count: number;
  readonly #spec: KeySpec;
  /** What ranks are drawn by; null if the choice has no ranks. */
  readonly #law: ZipfLaw | null;
  /** Keys of a hot spot: the first ones. */
  readonly #hot: number;
  /** The number of the newest key: `latest` moves it. */
  #newest: number;
  #turn = 0;
  #fresh = 0;
  #wasMoved = false;

  constructor(given: KeySpace) {
    this.#spec = typeof given === 'number' ? uniform(given) : given;
    const { count, choose } = this.#spec;
    this.count = count;
    this.#newest = count;
    this.#law =
      choose.kind === 'zipf'
        ? new ZipfLaw(count, choose.exponent)
        : choose.kind === 'latest'
          ? new ZipfLaw(count, 1)
          : null;
    this.#hot = choose.kind === 'hotspot' ? Math.max(1, Math.round(count * choose.keys)) : count;
  }

  /** Whether heat has taken the place of the key that was drawn last. */
  get wasMoved(): boolean {
    return this.#wasMoved;
  }

  /** The first key, which a heat takes if it names none; undefined if there are no keys. */
  get first(): string | undefined {
    return this.count === 0 ? undefined : this.at(0);
  }

  /** The keys there are now, from 0 to `count - 1`, the oldest first. */
  at(index: number): string {
    return `k${this.#newest - this.count + 1 + index}`;
  }

  has(key: string): boolean {
    const number = Number(key.slice(1));
    const whole = Number.isSafeInteger(number) && key === `k${number}`;
    return whole && number > this.#newest - this.count && number <= this.#newest;
  }

  /** The key of the next operation. With `heat`, that one if it is a key: it draws all the same. */
  next(random: Random, heat?: string): string {
    const drawn = this.#draw(random);
    const key = heat !== undefined && this.has(heat) ? heat : drawn;
    this.#wasMoved = key !== drawn;
    return key;
  }

  /**
   * A key in place of the one that was drawn: one that nobody asks for twice (`fresh`), or, for
   * operations that only read, one that nobody ever writes (`missing`); null for most. Draws
   * nothing if there are none of either.
   */
  instead(random: Random, reads: boolean): string | null {
    const { fresh, missing, count } = this.#spec;
    if (fresh === 0 && missing === 0) return null;
    const u = random.between(0, 1);
    if (u >= fresh && (!reads || u >= fresh + missing)) return null;
    // Whatever was drawn, and whatever heat made of it.
    this.#wasMoved = false;
    if (u < fresh) return `fresh-${++this.#fresh}`;
    return `missing-${random.int(1, Math.max(1, count))}`;
  }

  #draw(random: Random): string {
    const { choose } = this.#spec;
    switch (choose.kind) {
      case 'uniform':
        return this.at(random.int(0, this.count - 1));
      case 'zipf':
        return this.at(this.#rank(random) - 1);
      case 'hotspot':
        return this.at(this.#drawSpot(random, choose.operations));
      case 'latest':
        if (!random.chance(choose.fresh)) return this.at(this.count - this.#rank(random));
        this.#newest++;
        return this.at(this.count - 1);
      case 'loop':
        return this.at(this.#turn++ % this.count);
    }
  }

  #rank(random: Random): number {
    return this.#law === null ? 1 : this.#law.draw(random);
  }

  #drawSpot(random: Random, operations: number): number {
    const hot = random.chance(operations) || this.#hot >= this.count;
    return hot ? random.int(0, this.#hot - 1) : random.int(this.#hot, this.count - 1);
  }
}

function uniform(count: number): KeySpec {
  return { count, choose: { kind: 'uniform' }, missing: 0, fresh: 0 };
}
