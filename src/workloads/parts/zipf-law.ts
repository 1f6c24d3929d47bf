/**
 * Zipf's law: ranks 1 to n, rank r with a probability in proportion to 1/r^s.
 *
 * Few ranks are drawn exactly, from a table of cumulative weights. Many are drawn by
 * rejection-inversion, which needs no table and less than two draws on average (Hörmann and
 * Derflinger 1996, Rejection-inversion to generate variates from monotone discrete distributions,
 * ACM TOMACS 6(3)): a real x is drawn under h(x) = 1/x^s by inversion of its integral H, rounded to
 * k, and kept if it lies in the part of the bar above k that has the weight of k.
 */
import { assert } from '../../sim/assert.ts';
import type { Random } from '../../sim/node.ts';
import { exp, log, log1p, pow } from '../../sim/portable-math.ts';

/** A table up to this size: 800 kB, made in some 10 ms. */
export const TABLE_MAX = 100_000;

export class ZipfLaw {
  readonly #draw: (random: Random) => number;

  constructor(count: number, exponent: number, tableMax = TABLE_MAX) {
    assert(count >= 1 && exponent > 0, 'a law of Zipf has ranks and an exponent');
    if (count <= tableMax) {
      const sums = cumulativeWeights(count, exponent);
      this.#draw = (random) => drawFromTable(sums, random);
    } else {
      const inversion = new RejectionInversion(count, exponent);
      this.#draw = (random) => inversion.draw(random);
    }
  }

  /** A rank from 1 on. */
  draw(random: Random): number {
    return this.#draw(random);
  }
}

function cumulativeWeights(count: number, exponent: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += pow(rank, -exponent);
    sums[rank - 1] = sum;
  }
  return sums;
}

function drawFromTable(sums: Float64Array, random: Random): number {
  const u = random.between(0, sums[sums.length - 1] ?? 0);
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (u < (sums[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

class RejectionInversion {
  readonly #count: number;
  readonly #s: number;
  /** H at both ends of what is drawn from: 1.5 less the whole bar of rank 1, and n + 1/2. */
  readonly #first: number;
  readonly #last: number;
  /** So near above its rank a point needs no further look. */
  readonly #sure: number;

  constructor(count: number, exponent: number) {
    this.#count = count;
    this.#s = exponent;
    this.#first = this.#integral(1.5) - 1;
    this.#last = this.#integral(count + 0.5);
    this.#sure = 2 - this.#inverse(this.#integral(2.5) - this.#height(2));
  }

  draw(random: Random): number {
    for (;;) {
      const u = this.#last + random.between(0, 1) * (this.#first - this.#last);
      const x = this.#inverse(u);
      const rank = Math.min(this.#count, Math.max(1, Math.floor(x + 0.5)));
      if (rank - x <= this.#sure) return rank;
      if (u >= this.#integral(rank + 0.5) - this.#height(rank)) return rank;
    }
  }

  #height(x: number): number {
    return exp(-this.#s * log(x));
  }

  /** H(x) = (x^(1-s) - 1) / (1 - s), which is log x for s = 1. */
  #integral(x: number): number {
    const l = log(x);
    return l * growth((1 - this.#s) * l);
  }

  #inverse(h: number): number {
    // Below -1 by rounding only.
    const t = Math.max(-1, h * (1 - this.#s));
    return exp(h * logGrowth(t));
  }
}

/** (e^x - 1) / x, which is 1 for 0. */
function growth(x: number): number {
  if (Math.abs(x) > 0.05) return (exp(x) - 1) / x;
  // Taylor: the next term is below 10^-16.
  const far = 1 + (x / 6) * (1 + (x / 7) * (1 + (x / 8) * (1 + x / 9)));
  return 1 + (x / 2) * (1 + (x / 3) * (1 + (x / 4) * (1 + (x / 5) * far)));
}

/** log(1 + x) / x, which is 1 for 0. */
function logGrowth(x: number): number {
  return Math.abs(x) > 1e-8 ? log1p(x) / x : 1 - x / 2 + (x * x) / 3;
}
