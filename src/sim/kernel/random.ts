/**
 * Randomness of a run: one named stream for each purpose, all from one seed.
 *
 * The seed is expanded once, by seedrandom, into a root key of 128 bits. A stream is an sfc32
 * generator (Chris Doty-Humphrey, PractRand) whose state is a hash of the root key and the stream's
 * name. So a stream depends on the seed and on its name alone: to add a stream, or a draw from one,
 * changes no other.
 */
import seedrandom from 'seedrandom';
import type { DistributionSpec } from '../distribution.ts';
import type { Random } from '../node.ts';
import { log, normalQuantile } from '../portable-math.ts';
import { compile, type Distribution } from './distribution.ts';
import { hash128, hashName, hex32, utf8 } from './hash.ts';

const TWO_TO_26 = 67108864;
const TWO_TO_32 = 4294967296;
const TWO_TO_53 = 9007199254740992;
/** Half of what lies between two values of `unit`: 2^-54. */
const HALF_STEP = 5.551115123125783e-17;

/** Up to this many outcomes, their number times 32 random bits is an exact integer. */
const EXACT_OUTCOMES = 2097152;

/** Digits of pi. If all lanes start alike, the hash of a short text has three lanes alike. */
const SEED_KEY = Int32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);

/** The state of sfc32 mixes fully within this many steps. */
const WARM_UP = 12;
/** Where a stream begins, while it is put there. */
const beginning = new Int32Array(4);

/**
 * The one form of a seed: an integer from 0 to 2^53 - 1 in plain decimal digits stays as it is, any
 * other text becomes `h` and the 128-bit hash of its UTF-8 bytes, and such a form stays as it is
 * too.
 *
 * Needed because seedrandom keeps 8 bits of a character and repeats a short seed: to it, `1`, `11`
 * and `111` are one seed, and so are many texts with accents.
 */
export function canonicalSeed(seed: string | number): string {
  const text = String(seed);
  if (isPlainInteger(text) || /^h[0-9a-f]{32}$/.test(text)) return text;
  return `h${[...hash128(utf8(text), SEED_KEY)].map(hex32).join('')}`;
}

function isPlainInteger(text: string): boolean {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
}

/** All streams of one seed. */
export class Streams {
  /** The seed in its canonical form. */
  readonly seed: string;
  private rootKey: Int32Array;
  private readonly made = new Map<string, Stream>();

  constructor(seed: string | number) {
    this.seed = canonicalSeed(seed);
    // The end mark keeps seedrandom from repeating the seed, see above.
    const source = seedrandom(`dsim/v1/${this.seed}\0`);
    this.rootKey = Int32Array.from({ length: 4 }, () => source.int32());
  }

  /** The stream of this name, the same one each time, so that its draws go on. */
  get(name: string): Stream {
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const stream = this.make(name);
    this.made.set(name, stream);
    return stream;
  }

  /**
   * From now on each stream is another: a function of the seed, the salt and its name. Streams that
   * were made by `make` are their keepers' to make again.
   */
  branch(salt: number): void {
    this.rootKey = hash128(utf8(`branch/${salt}`), this.rootKey);
    for (const [name, stream] of this.made) this.restart(stream, name);
  }

  /** Puts a stream where the one of this name begins. */
  restart(stream: Stream, name: string): void {
    hashName(name, this.rootKey, beginning);
    stream.load(beginning, 0);
    for (let i = 0; i < WARM_UP; i++) stream.word();
  }

  /**
   * The stream of this name from its beginning, not kept: for those who keep its state themselves.
   */
  make(name: string): Stream {
    const stream = new Stream(0, 0, 0, 0);
    this.restart(stream, name);
    return stream;
  }
}

/**
 * One stream of random numbers, an sfc32: 128 bits of state, a period of at least 2^32 and 2^127 on
 * average. How many words a draw takes does not depend on what it yields, with one exception: `int`
 * draws again in the rare case that would make some numbers likelier than others.
 */
export class Stream implements Random {
  // Made with a number: a field that begins as undefined is never again as fast as an integer.
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 0;
  private lastSpec: DistributionSpec | null = null;
  private lastDistribution: Distribution | null = null;

  /** The state of the generator, four 32-bit integers. */
  constructor(a: number, b: number, c: number, counter: number) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    this.counter = counter | 0;
  }

  /** Takes the state from four integers, for streams that are kept as columns. */
  load(state: Int32Array, from: number): void {
    this.a = state[from]!;
    this.b = state[from + 1]!;
    this.c = state[from + 2]!;
    this.counter = state[from + 3]!;
  }

  /** Writes the state into four cells, from which `load` reads it back. */
  store(state: Int32Array, to: number): void {
    state[to] = this.a;
    state[to + 1] = this.b;
    state[to + 2] = this.c;
    state[to + 3] = this.counter;
  }

  /** 32 random bits, as a signed integer: the fastest draw. */
  word(): number {
    const { b, c } = this;
    const word = (((this.a + b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word;
  }

  /**
   * Uniform real in [0, 1): a multiple of 2^-53, from two words. 32 bits would do for a latency,
   * but not for a chance of 1 in 10^10, nor for the far tail of a Pareto distribution.
   */
  unit(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * TWO_TO_26 + low) / TWO_TO_53;
  }

  int(min: number, max: number): number {
    const span = max - min;
    if (!(span >= 0 && span < TWO_TO_53) || !areSafe(min, max)) {
      throw new RangeError(`int(${min}, ${max}): no range of safe integers of at most 2^53`);
    }
    return min + this.below(span + 1);
  }

  between(min: number, max: number): number {
    if (!(max - min >= 0 && max - min < Infinity)) {
      throw new RangeError(`between(${min}, ${max}): no range of real numbers`);
    }
    const value = min + (max - min) * this.unit();
    // Rounding may reach max.
    return value < max ? value : min;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick from no items');
    return items[this.below(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = shuffled[i] as T;
      shuffled[i] = shuffled[j] as T;
      shuffled[j] = item;
    }
    return shuffled;
  }

  exponential(mean: number): number {
    return -mean * log(1 - this.unit());
  }

  /** By inversion, so that a normal number takes one draw like any other. */
  normal(): number {
    const p = this.unit();
    return normalQuantile(p === 0 ? HALF_STEP : p);
  }

  draw(spec: DistributionSpec): number {
    if (spec !== this.lastSpec || this.lastDistribution === null) {
      this.lastSpec = spec;
      this.lastDistribution = compile(spec);
    }
    return this.lastDistribution.sample(this);
  }

  /** Uniform in 0..outcomes-1. */
  private below(outcomes: number): number {
    return outcomes <= EXACT_OUTCOMES ? this.belowFew(outcomes) : this.belowMany(outcomes);
  }

  /**
   * The high part of a random word times `outcomes` (Lemire, "Fast random integer generation in an
   * interval", 2018). All outcomes are equally likely once the low parts below 2^32 mod `outcomes`
   * are drawn again.
   */
  private belowFew(outcomes: number): number {
    for (;;) {
      const product = (this.word() >>> 0) * outcomes;
      const high = Math.floor(product / TWO_TO_32);
      const low = product - high * TWO_TO_32;
      if (low >= outcomes || low >= TWO_TO_32 % outcomes) return high;
    }
  }

  /** 53 bits modulo `outcomes`, less the last, incomplete round. */
  private belowMany(outcomes: number): number {
    const fair = TWO_TO_53 - (TWO_TO_53 % outcomes);
    for (;;) {
      const bits = this.unit() * TWO_TO_53;
      if (bits < fair) return bits % outcomes;
    }
  }
}

function areSafe(min: number, max: number): boolean {
  return Number.isSafeInteger(min) && Number.isSafeInteger(max);
}
