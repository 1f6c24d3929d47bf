/**
 * Distributions made ready to draw from: by inversion, so that every sample is one draw and the same
 * draw gives the same quantile of whatever distribution.
 *
 * Inverses cost up to 100 ns, samples of latency are on the hot path: between 1024 steps of
 * probability the inverse is interpolated, where the error of that is below 1 in 2000, and computed
 * where it is not, so that tails are as heavy as they should be. Steps are filled when first
 * used; whether a step is filled or not, a draw gives the same value.
 */
import type { DistributionSpec } from '../distribution.ts';
import { exp, log, log1p, normalCdf, normalDensity, normalQuantile } from './portable-math.ts';
import type { Stream } from './random.ts';

/** The longest time drawn, in microseconds: 2^52, so that it fits behind any present up to 2^52. */
const LONGEST_US = 4503599627370496;

const STEPS = 1024;
/** Relative error of interpolation that is allowed half-way between two steps. */
const TOLERANCE = 1 / 2048;
/** Slope of a step in which samples must be computed. Distributions rise, so no other is negative. */
const COMPUTED = -1;

/** P(standard normal <= this) = 0.99. */
const NORMAL_P99 = 2.3263478740408408;

/** What a kind of distribution knows about itself. */
interface Law {
  /** The smallest x with `cdf(x) >= p`, for 0 <= p <= 1. */
  quantile(p: number): number;
  /** Probability of at most x. */
  cdf(x: number): number;
  readonly mean: number;
  readonly text: string;
  /** The sample of a draw u in [0, 1), where it is not `quantile(u)`. */
  valueAt?(u: number): number;
  /** No interpolation: between two values there are none. */
  readonly stepwise?: boolean;
}

/**
 * A distribution to draw from, in the unit of its spec. One class for all kinds: a call site in the
 * network stays monomorphic whatever latencies a scenario mixes.
 */
export class Distribution {
  /** Infinity where the tail is too heavy to have one. */
  readonly mean: number;
  private readonly law: Law;
  /** Constant and uniform: a line over the draw. NaN for the others. */
  private readonly base: number;
  private readonly slope: number;
  /** Value and slope of each step, NaN until used. */
  private readonly steps: Float64Array | null;

  constructor(law: Law, line: { base: number; slope: number } | null) {
    this.law = law;
    this.mean = law.mean;
    this.base = line === null ? Number.NaN : line.base;
    this.slope = line === null ? Number.NaN : line.slope;
    const mixed = law.valueAt !== undefined && law.stepwise !== true;
    this.steps = line !== null || mixed ? null : new Float64Array(2 * STEPS).fill(Number.NaN);
  }

  /** One sample. One draw of the stream, also for a constant. */
  sample(stream: Stream): number {
    return this.valueAt(stream.unit());
  }

  /** One sample of a distribution over ms as a time in whole microseconds, from 0 to 2^52. */
  sampleUs(stream: Stream): number {
    const us = Math.floor(this.valueAt(stream.unit()) * 1000 + 0.5);
    return us > 0 ? (us < LONGEST_US ? us : LONGEST_US) : 0;
  }

  /** The sample that a draw u in [0, 1) stands for. */
  valueAt(u: number): number {
    const steps = this.steps;
    if (steps === null) return this.slope >= 0 ? this.base + this.slope * u : this.exactAt(u);
    const position = u * STEPS;
    const step = position | 0;
    const slope = steps[2 * step + 1]!;
    if (slope >= 0) return steps[2 * step]! + (position - step) * slope;
    if (slope !== COMPUTED) {
      this.fill(steps, step);
      return this.valueAt(u);
    }
    return this.exactAt(u);
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

  private exactAt(u: number): number {
    const law = this.law;
    return law.valueAt === undefined ? law.quantile(u) : law.valueAt(u);
  }

  private fill(steps: Float64Array, step: number): void {
    const low = this.exactAt(step / STEPS);
    const middle = this.exactAt((step + 0.5) / STEPS);
    const high = this.law.quantile((step + 1) / STEPS);
    const error = Math.abs((low + high) / 2 - middle);
    const allowed = this.law.stepwise === true ? 0 : TOLERANCE * Math.abs(middle);
    steps[2 * step] = low;
    steps[2 * step + 1] = error <= allowed ? high - low : COMPUTED;
  }
}

const compiled = new WeakMap<DistributionSpec, Distribution>();

/** The distribution of a spec, made once for each spec object. Throws RangeError if there is none. */
export function compile(spec: DistributionSpec): Distribution {
  let distribution = compiled.get(spec);
  if (distribution === undefined) {
    distribution = make(spec);
    compiled.set(spec, distribution);
  }
  return distribution;
}

function make(spec: DistributionSpec): Distribution {
  switch (spec.kind) {
    case 'constant':
      return line(spec.value, spec.value, `constant(${spec.value})`);
    case 'uniform':
      return line(spec.min, spec.max, `uniform(${spec.min} to ${spec.max})`);
    case 'normal':
      return spec.sd === 0
        ? line(spec.mean, spec.mean, `normal(mean ${spec.mean}, sd 0)`)
        : new Distribution(normal(spec.mean, spec.sd), null);
    case 'lognormal':
      return new Distribution(lognormal(spec.median, spec.p99), null);
    case 'exponential':
      return new Distribution(exponential(spec.mean, spec.min), null);
    case 'pareto':
      return new Distribution(pareto(spec.scale, spec.shape, spec.max), null);
    case 'table':
      return new Distribution(table(spec.values), null);
    case 'mixture':
      return new Distribution(mixture(spec.parts), null);
  }
}

function line(min: number, max: number, text: string): Distribution {
  demand(Number.isFinite(min) && max - min >= 0 && max - min < Infinity, text, 'min <= max');
  const slope = max - min;
  const law: Law = {
    mean: min + slope / 2,
    text,
    quantile: (p) => min + slope * p,
    cdf: (x) => (x < min ? 0 : x >= max ? 1 : (x - min) / slope),
  };
  return new Distribution(law, { base: min, slope });
}

/** The part of a normal distribution that lies above 0, scaled to probability 1. */
function normal(mean: number, sd: number): Law {
  const text = `normal(mean ${mean}, sd ${sd})`;
  demand(mean >= 0 && mean < Infinity && sd > 0 && sd < Infinity, text, 'mean >= 0 and sd > 0');
  const cut = mean / sd;
  const kept = normalCdf(cut);
  const lost = normalCdf(-cut);
  return {
    mean: mean + (sd * normalDensity(cut)) / kept,
    text,
    // From the nearer tail, where probabilities are finer.
    quantile(p) {
      if (p === 0) return 0;
      const z = p < 0.5 ? normalQuantile(lost + p * kept) : -normalQuantile((1 - p) * kept);
      return Math.max(0, mean + sd * z);
    },
    cdf: (x) => (x <= 0 ? 0 : 1 - normalCdf((mean - x) / sd) / kept),
  };
}

function lognormal(median: number, p99: number): Law {
  const text = `lognormal(median ${median}, p99 ${p99})`;
  demand(median > 0 && p99 >= median && p99 < Infinity, text, '0 < median <= p99');
  const sigma = log(p99 / median) / NORMAL_P99;
  return {
    mean: median * exp((sigma * sigma) / 2),
    text,
    quantile: (p) => (sigma === 0 ? median : median * exp(sigma * normalQuantile(p))),
    cdf(x) {
      if (sigma === 0) return x < median ? 0 : 1;
      return x <= 0 ? 0 : normalCdf(log(x / median) / sigma);
    },
  };
}

/** `min` and an exponential above it; `mean` is that of the whole. */
function exponential(mean: number, min: number): Law {
  const text = min === 0 ? `exponential(mean ${mean})` : `exponential(mean ${mean}, min ${min})`;
  demand(Number.isFinite(min) && mean >= min && mean < Infinity, text, 'min <= mean');
  const excess = mean - min;
  return {
    mean,
    text,
    quantile: (p) => (excess === 0 ? min : min - excess * log1p(-p)),
    cdf: (x) => (x < min ? 0 : excess === 0 ? 1 : 1 - exp((min - x) / excess)),
  };
}

/** P(X > x) = (scale / x)^shape from `scale` up; with `max`, the part below it scaled to 1. */
function pareto(scale: number, shape: number, max: number | null): Law {
  const text = `pareto(scale ${scale}, shape ${shape}${max === null ? '' : `, max ${max}`})`;
  const fits = scale > 0 && scale < Infinity && shape > 0 && shape < Infinity;
  demand(fits && (max === null || max > scale), text, 'scale > 0, shape > 0 and max > scale');
  const powerOf = (x: number) => exp(shape * log(scale / x));
  const kept = max === null ? 1 : 1 - powerOf(max);
  return {
    mean: paretoMean(scale, shape, max),
    text,
    quantile(p) {
      const x = scale * exp(-log1p(-p * kept) / shape);
      return max !== null && x > max ? max : x;
    },
    cdf(x) {
      if (x <= scale) return 0;
      return max !== null && x >= max ? 1 : (1 - powerOf(x)) / kept;
    },
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
  const shares = Float64Array.from(weights, (weight) => {
    sum += weight;
    return sum / total;
  });
  return shares;
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
    mean,
    text,
    stepwise: true,
    quantile: (p) => values[placeOf(shares, p, true)]!,
    valueAt: (u) => values[placeOf(shares, u)]!,
    cdf(x) {
      let share = 0;
      for (let i = 0; i < values.length && values[i]! <= x; i++) share = shares[i]!;
      return share;
    },
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
    mean: weigh((law) => law.mean),
    text,
    cdf,
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
