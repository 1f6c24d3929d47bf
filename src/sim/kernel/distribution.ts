/**
 * Distributions made ready to draw from: by inversion, so that every sample is one draw and the
 * same draw gives the same quantile of whatever distribution.
 *
 * Inverses cost up to 100 ns, samples of latency are on the hot path: between 1024 steps of
 * probability the inverse is interpolated, where the error of that is below 1 in 2000, and computed
 * where it is not, so that tails are as heavy as they should be. Steps are filled when first used;
 * whether a step is filled or not, a draw gives the same value.
 *
 * A circle of types with `random.ts`: a stream draws from a distribution by the name of its spec,
 * and a distribution draws from a stream.
 */
import type { DistributionSpec } from '../distribution.ts';
import { exp, log, log1p, normalCdf, normalDensity, normalQuantile } from '../portable-math.ts';
import type { Stream } from './random.ts';

/** The longest time drawn, in microseconds: 2^52, so that it fits behind any present up to 2^52. */
const LONGEST_US = 4503599627370496;

const STEPS = 1024;
/** The first draws do without a table of steps. */
const FEW_DRAWS = 16;
/** Relative error of interpolation that is allowed half-way between two steps. */
const TOLERANCE = 1 / 2048;
/**
 * Slope of a step in which samples must be computed. Distributions rise, so no other is negative.
 */
const COMPUTED = -1;

/** P(standard normal <= this) = 0.99. */
const NORMAL_P99 = 2.3263478740408408;

/** What a kind of distribution knows about itself. */
interface Law {
  /** The smallest x with `cdf(x) >= p`, for 0 <= p <= 1. */
  quantile(p: number): number;
  /** Probability of at most x. */
  cdf(x: number): number;
  /** The sample that a draw u in [0, 1) stands for. */
  valueAt(u: number): number;
  readonly mean: number;
  readonly text: string;
  /**
   * How `valueAt` may be shortened: a `line` between its ends, `smooth` and so interpolated,
   * `steps` and so interpolated only where it is level, or, being made of `parts` that do so, not.
   */
  readonly shape: 'line' | 'smooth' | 'steps' | 'parts';
}

/**
 * A distribution to draw from, in the unit of its spec. One class for all kinds: a call site in the
 * network stays monomorphic whatever latencies a scenario mixes.
 */
export class Distribution {
  /** Infinity where the tail is too heavy to have one. */
  readonly mean: number;
  private readonly law: Law;
  /** The line of a constant or uniform distribution; NaN for others. */
  private readonly base: number = Number.NaN;
  private readonly slope: number = Number.NaN;
  /**
   * Value and slope of each step, NaN until used; null for lines and parts, and for the first
   * draws.
   */
  private steps: Float64Array | null = null;
  private draws = 0;

  constructor(law: Law) {
    this.law = law;
    this.mean = law.mean;
    if (law.shape !== 'line') return;
    this.base = law.quantile(0);
    this.slope = law.quantile(1) - this.base;
  }

  /** One sample. One draw of the stream, also for a constant. */
  sample(stream: Stream): number {
    return this.valueAt(stream.unit());
  }

  /** Every sample of it in whole microseconds, if all are the same; else NaN. */
  get constantUs(): number {
    if (this.slope !== 0) return Number.NaN;
    return Math.min(Math.max(0, Math.floor(this.base * 1000 + 0.5)), LONGEST_US);
  }

  /** One sample of a distribution over ms as a time in whole microseconds, from 0 to 2^52. */
  sampleUs(stream: Stream): number {
    // The common case of `valueAt` stands here: a function as small as without it V8 optimizes at
    // once, with all that it calls, which costs a short run more than all its samples.
    const { steps } = this;
    const u = stream.unit();
    const position = u * STEPS;
    const step = position | 0;
    const slope = steps === null ? Number.NaN : steps[2 * step + 1]!;
    const ms = slope >= 0 ? steps![2 * step]! + (position - step) * slope : this.valueAt(u);
    const us = Math.floor(ms * 1000 + 0.5);
    return us > 0 ? (us < LONGEST_US ? us : LONGEST_US) : 0;
  }

  /** The sample that a draw u in [0, 1) stands for. */
  valueAt(u: number): number {
    const steps = this.steps;
    if (steps === null) return this.slope >= 0 ? this.base + this.slope * u : this.unstepped(u);
    const position = u * STEPS;
    const step = position | 0;
    const slope = steps[2 * step + 1]!;
    if (slope >= 0) return steps[2 * step]! + (position - step) * slope;
    if (slope === COMPUTED) return this.law.valueAt(u);
    this.fillStep(steps, 2 * step, step);
    return this.valueAt(u);
  }

  /** The smallest x with `cdf(x) >= p`. Throws RangeError unless 0 <= p <= 1. */
  quantile(p: number): number {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`no quantile ${p}: not in 0..1`);
    return this.law.quantile(p);
  }

  /** Probability of a sample of at most x. */
  cdf(x: number): number {
    return this.law.cdf(x);
  }

  /** The law and its parameters: `lognormal(median 2, p99 12)`. */
  describe(): string {
    return this.law.text;
  }

  /** As with steps, for a distribution that may be thrown away after a few draws. */
  private unstepped(u: number): number {
    if (this.law.shape === 'parts') return this.law.valueAt(u);
    if (++this.draws > FEW_DRAWS) {
      this.steps = new Float64Array(2 * STEPS).fill(Number.NaN);
      return this.valueAt(u);
    }
    const position = u * STEPS;
    this.fillStep(oneStep, 0, position | 0);
    const slope = oneStep[1]!;
    if (slope === COMPUTED) return this.law.valueAt(u);
    return oneStep[0]! + (position - (position | 0)) * slope;
  }

  private fillStep(steps: Float64Array, at: number, step: number): void {
    const { law } = this;
    const low = law.valueAt(step / STEPS);
    const middle = law.valueAt((step + 0.5) / STEPS);
    const high = law.quantile((step + 1) / STEPS);
    const error = Math.abs((low + high) / 2 - middle);
    const allowed = law.shape === 'smooth' ? TOLERANCE * Math.abs(middle) : 0;
    steps[at] = low;
    steps[at + 1] = error <= allowed ? Math.max(0, high - low) : COMPUTED;
  }
}

/** Where the first draws make the one step that they need. */
const oneStep = new Float64Array(2);

const compiled = new WeakMap<DistributionSpec, Distribution>();

/**
 * The distribution of a spec, made once for each spec object. Throws RangeError if there is none.
 */
export function compile(spec: DistributionSpec): Distribution {
  let distribution = compiled.get(spec);
  if (distribution === undefined) {
    distribution = new Distribution(lawOf(spec));
    compiled.set(spec, distribution);
  }
  return distribution;
}

function lawOf(spec: DistributionSpec): Law {
  switch (spec.kind) {
    case 'constant':
      return line(spec.value, spec.value, `constant(${spec.value})`);
    case 'uniform':
      return line(spec.min, spec.max, `uniform(${spec.min} to ${spec.max})`);
    case 'normal':
      return normal(spec.mean, spec.sd);
    case 'lognormal':
      return lognormal(spec.median, spec.p99);
    case 'exponential':
      return exponential(spec.mean, spec.min);
    case 'pareto':
      return pareto(spec.scale, spec.shape, spec.max);
    case 'table':
      return table(spec.values);
    case 'mixture':
      return mixture(spec.parts);
  }
}

function line(min: number, max: number, text: string): Law {
  demand(Number.isFinite(min) && max - min >= 0 && max - min < Infinity, text, 'min <= max');
  const quantile = (p: number) => min + (max - min) * p;
  return {
    quantile,
    valueAt: quantile,
    cdf: (x) => (x < min ? 0 : x >= max ? 1 : (x - min) / (max - min)),
    mean: min + (max - min) / 2,
    text,
    shape: 'line',
  };
}

/** The part of a normal distribution that lies above 0, scaled to probability 1. */
function normal(mean: number, sd: number): Law {
  const text = `normal(mean ${mean}, sd ${sd})`;
  demand(mean >= 0 && mean < Infinity && sd >= 0 && sd < Infinity, text, 'mean >= 0 and sd >= 0');
  if (sd === 0) return line(mean, mean, text);
  const cut = mean / sd;
  const kept = normalCdf(cut);
  const lost = normalCdf(-cut);
  // From the nearer tail, where probabilities are finer.
  const quantile = (p: number) => {
    if (p === 0) return 0;
    const z = p < 0.5 ? normalQuantile(lost + p * kept) : -normalQuantile((1 - p) * kept);
    return Math.max(0, mean + sd * z);
  };
  return {
    quantile,
    valueAt: quantile,
    cdf: (x) => (x <= 0 ? 0 : 1 - normalCdf((mean - x) / sd) / kept),
    mean: mean + (sd * normalDensity(cut)) / kept,
    text,
    shape: 'smooth',
  };
}

function lognormal(median: number, p99: number): Law {
  const text = `lognormal(median ${median}, p99 ${p99})`;
  demand(median > 0 && p99 >= median && p99 < Infinity, text, '0 < median <= p99');
  if (median === p99) return line(median, median, text);
  const sigma = log(p99 / median) / NORMAL_P99;
  const quantile = (p: number) => median * exp(sigma * normalQuantile(p));
  return {
    quantile,
    valueAt: quantile,
    cdf: (x) => (x <= 0 ? 0 : normalCdf(log(x / median) / sigma)),
    mean: median * exp((sigma * sigma) / 2),
    text,
    shape: 'smooth',
  };
}

/** `min` and an exponential above it; `mean` is that of the whole. */
function exponential(mean: number, min: number): Law {
  const text = min === 0 ? `exponential(mean ${mean})` : `exponential(mean ${mean}, min ${min})`;
  demand(Number.isFinite(min) && mean >= min && mean < Infinity, text, 'min <= mean');
  if (mean === min) return line(min, min, text);
  const quantile = (p: number) => min - (mean - min) * log1p(-p);
  return {
    quantile,
    valueAt: quantile,
    cdf: (x) => (x < min ? 0 : 1 - exp((min - x) / (mean - min))),
    mean,
    text,
    shape: 'smooth',
  };
}

/** P(X > x) = (scale / x)^shape from `scale` up; with `max`, the part below it scaled to 1. */
function pareto(scale: number, shape: number, max: number | null): Law {
  const text = `pareto(scale ${scale}, shape ${shape}${max === null ? '' : `, max ${max}`})`;
  const fits = scale > 0 && scale < Infinity && shape > 0 && shape < Infinity;
  demand(fits && (max === null || max > scale), text, 'scale > 0, shape > 0 and max > scale');
  const above = (x: number) => exp(shape * log(scale / x));
  const end = max ?? Infinity;
  const kept = 1 - above(end);
  const quantile = (p: number) => Math.min(end, scale * exp(-log1p(-p * kept) / shape));
  return {
    quantile,
    valueAt: quantile,
    cdf: (x) => (x <= scale ? 0 : x >= end ? 1 : (1 - above(x)) / kept),
    mean: paretoMean(scale, shape, max),
    text,
    shape: 'smooth',
  };
}

function paretoMean(scale: number, shape: number, max: number | null): number {
  if (max === null) return shape > 1 ? (shape * scale) / (shape - 1) : Infinity;
  // The integral of x^-shape from 1 to max / scale, by its series around shape 1 where the closed
  // form divides two small numbers.
  const size = log(max / scale);
  const t = (1 - shape) * size;
  const integral =
    Math.abs(t) < 1e-4 ? size * (1 + t / 2 + (t * t) / 6) : (size * (exp(t) - 1)) / t;
  return (shape * scale * integral) / (1 - exp(-shape * size));
}

/** Cumulated weights of 1 or more items, the last exactly 1. */
function cumulate(weights: readonly number[], text: string): Float64Array {
  const fits = weights.every((weight) => weight >= 0 && weight < Infinity);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  demand(fits && total > 0 && total < Infinity, text, 'weights >= 0, one of them above 0');
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight;
    return sum / total;
  });
}

/** The first place whose cumulated share is above u; `atLeast`: or equal to it. */
function placeOf(shares: Float64Array, u: number, atLeast = false): number {
  let low = 0;
  let high = shares.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const share = shares[middle]!;
    if (share > u || (atLeast && share === u)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function table(rows: readonly (readonly [value: number, weight: number])[]): Law {
  const text = `table(${rows.map(([value, weight]) => `${value} x ${weight}`).join(', ')})`;
  demand(
    rows.every(([value]) => Number.isFinite(value)),
    text,
    'finite values',
  );
  const used = rows.filter(([, weight]) => weight !== 0).sort((a, b) => a[0] - b[0]);
  const values = Float64Array.from(used, ([value]) => value);
  const shares = cumulate(
    used.map(([, weight]) => weight),
    text,
  );
  let mean = 0;
  for (let i = 0; i < values.length; i++) {
    mean += values[i]! * (shares[i]! - (i === 0 ? 0 : shares[i - 1]!));
  }
  return {
    quantile: (p) => values[placeOf(shares, p, true)]!,
    valueAt: (u) => values[placeOf(shares, u)]!,
    cdf(x) {
      let share = 0;
      for (let i = 0; i < values.length && values[i]! <= x; i++) share = shares[i]!;
      return share;
    },
    mean,
    text,
    shape: 'steps',
  };
}

/** One draw chooses the part, and what is left of the draw is the draw of that part. */
function mixture(
  parts: readonly { readonly weight: number; readonly of: DistributionSpec }[],
): Law {
  const used = parts.filter(({ weight }) => weight !== 0);
  const laws = used.map(({ of }) => compile(of));
  const text = `mixture(${used.map(({ weight }, i) => `${weight} x ${laws[i]!.describe()}`).join(', ')})`;
  const shares = cumulate(
    used.map(({ weight }) => weight),
    text,
  );
  const below = Float64Array.from(shares, (_, i) => (i === 0 ? 0 : shares[i - 1]!));
  const weigh = (of: (law: Distribution) => number) =>
    laws.reduce((sum, law, i) => sum + of(law) * (shares[i]! - below[i]!), 0);
  const cdf = (x: number) => weigh((law) => law.cdf(x));
  return {
    quantile(p) {
      const quantiles = laws.map((law) => law.quantile(p));
      return bisect(cdf, p, Math.min(...quantiles), Math.max(...quantiles));
    },
    valueAt(u) {
      const part = placeOf(shares, u);
      const from = below[part]!;
      const rest = (u - from) / (shares[part]! - from);
      // Rounding may reach 1.
      return laws[part]!.valueAt(rest < 1 ? rest : LAST_DRAW);
    },
    cdf,
    mean: weigh((law) => law.mean),
    text,
    shape: 'parts',
  };
}

/** The largest draw: 1 - 2^-53. */
const LAST_DRAW = 0.9999999999999999;

/** The smallest x from `low` to `high` with `cdf(x) >= p`, where `high` is one. */
function bisect(cdf: (x: number) => number, p: number, low: number, high: number): number {
  if (cdf(low) >= p) return low;
  let below = low;
  let above = high;
  for (;;) {
    const middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) return above;
    if (cdf(middle) >= p) above = middle;
    else below = middle;
  }
}

function demand(holds: boolean, text: string, what: string): void {
  if (!holds) throw new RangeError(`no such distribution: ${text} needs ${what}`);
}
