import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DistributionSpec } from '../distribution.ts';
import { compile } from './distribution.ts';
import { Stream, Streams } from './random.ts';

const N = 40_000;

const SPECS: Record<string, DistributionSpec> = {
  uniform: { kind: 'uniform', min: 3, max: 8 },
  'uniform around 0': { kind: 'uniform', min: -1, max: 1 },
  'normal, hardly cut': { kind: 'normal', mean: 10, sd: 2 },
  'normal, cut in half': { kind: 'normal', mean: 0, sd: 3 },
  'normal, cut below -1 sd': { kind: 'normal', mean: 5, sd: 5 },
  'lognormal of a datacentre': { kind: 'lognormal', median: 2, p99: 12 },
  'lognormal, nearly constant': { kind: 'lognormal', median: 100, p99: 101 },
  'lognormal, wild': { kind: 'lognormal', median: 1, p99: 500 },
  exponential: { kind: 'exponential', mean: 5, min: 0 },
  'exponential over a floor': { kind: 'exponential', mean: 5, min: 4 },
  pareto: { kind: 'pareto', scale: 1, shape: 2.5, max: null },
  'pareto without variance': { kind: 'pareto', scale: 2, shape: 1.2, max: null },
  'pareto, cut': { kind: 'pareto', scale: 1, shape: 1, max: 100 },
  'pareto, cut close': { kind: 'pareto', scale: 1, shape: 0.5, max: 3 },
  table: {
    kind: 'table',
    values: [
      [7, 1],
      [1, 5],
      [3, 0],
      [4, 4],
    ],
  },
  'table of many': {
    kind: 'table',
    values: Array.from({ length: 300 }, (_, i) => [i, 1 + (i % 7)]),
  },
  mixture: {
    kind: 'mixture',
    parts: [
      { weight: 9, of: { kind: 'lognormal', median: 2, p99: 4 } },
      { weight: 1, of: { kind: 'exponential', mean: 60, min: 20 } },
      { weight: 0, of: { kind: 'constant', value: 1e9 } },
    ],
  },
  'mixture of mixtures and steps': {
    kind: 'mixture',
    parts: [
      { weight: 1, of: { kind: 'constant', value: 5 } },
      {
        weight: 2,
        of: {
          kind: 'mixture',
          parts: [
            { weight: 0.5, of: { kind: 'uniform', min: 0, max: 10 } },
            {
              weight: 0.5,
              of: {
                kind: 'table',
                values: [
                  [2, 1],
                  [20, 1],
                ],
              },
            },
          ],
        },
      },
    ],
  },
};

const steps = new Set(['table', 'table of many', 'mixture of mixtures and steps']);

function samplesOf(spec: DistributionSpec, count: number, name = 'samples'): Float64Array {
  const distribution = compile(spec);
  const stream = new Streams('distribution').make(name);
  return Float64Array.from({ length: count }, () => distribution.sample(stream));
}

/** The largest distance between the samples' distribution and the true one, times √n. */
function kolmogorov(samples: Float64Array, cdf: (x: number) => number, stepwise: boolean): number {
  const sorted = samples.toSorted();
  const n = sorted.length;
  let most = 0;
  for (let i = 0; i < n; i++) {
    const x = sorted[i]!;
    if (x === sorted[i + 1]) continue;
    most = Math.max(most, Math.abs((i + 1) / n - cdf(x)));
    if (!stepwise) most = Math.max(most, Math.abs(i / n - cdf(x)));
  }
  return most * Math.sqrt(n);
}

describe.each(Object.entries(SPECS))('%s', (name, spec) => {
  const distribution = compile(spec);

  test('samples follow the distribution function (Kolmogorov-Smirnov)', () => {
    // 2.2 is passed by chance once in 10^4 times; for steps more seldom.
    const samples = samplesOf(spec, N);
    expect(kolmogorov(samples, (x) => distribution.cdf(x), steps.has(name))).toBeLessThan(2.2);
  });

  test('samples have the mean', () => {
    const samples = samplesOf(spec, N, 'mean');
    const mean = samples.reduce((sum, x) => sum + x, 0) / N;
    const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (N - 1);
    // Where the variance is infinite, the sample's own says little: then only the integral below.
    if (name === 'pareto without variance' || name === 'lognormal, wild') return;
    expect(Math.abs(mean - distribution.mean)).toBeLessThan(4 * Math.sqrt(variance / N));
  });

  test('its mean is the integral of its quantiles', () => {
    // Midpoints of 2^17 equal parts, of which the last is in turn cut into 2^17, three levels down.
    const parts = 1 << 17;
    let from = 0;
    let sum = 0;
    for (let level = 0; level < 3; level++) {
      const width = (1 - from) / parts;
      const last = level === 2 ? parts : parts - 1;
      for (let i = 0; i < last; i += 1)
        sum += width * distribution.valueAt(from + (i + 0.5) * width);
      from = 1 - width;
    }
    const allowed = name === 'pareto without variance' ? 0.02 : 0.002;
    expect(Math.abs(sum - distribution.mean)).toBeLessThan(allowed * (distribution.mean || 1));
  });

  test('quantile and cdf are inverse', () => {
    for (let i = 1; i < 200; i++) {
      const p = i / 200;
      const x = distribution.quantile(p);
      expect(distribution.cdf(x)).toBeGreaterThanOrEqual(p - 1e-12);
      expect(distribution.cdf(x - Math.abs(x) * 1e-9 - 1e-300)).toBeLessThanOrEqual(p + 1e-12);
    }
    for (const far of [1e-12, 1 - 1e-12]) {
      if (steps.has(name)) continue;
      const p = distribution.cdf(distribution.quantile(far));
      expect(Math.abs(p - far)).toBeLessThan(1e-15);
    }
  });

  test('the samples of draws are quantiles within the tolerance, and in the tails exactly', () => {
    if (spec.kind === 'mixture') return;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 53 - 1 }), (bits) => {
        const u = bits / 2 ** 53;
        const exact = distribution.quantile(u);
        const value = distribution.valueAt(u);
        if (spec.kind === 'table') expect(distribution.cdf(value)).toBeGreaterThanOrEqual(u);
        else expect(Math.abs(value - exact)).toBeLessThanOrEqual(Math.abs(exact) / 2000 + 1e-12);
      }),
      { seed: 3, numRuns: 500 },
    );
    for (const u of [0, 1 - 2 ** -11, 1 - 2 ** -20, 1 - 2 ** -40, 1 - 2 ** -53]) {
      if (spec.kind === 'table' || spec.kind === 'uniform') continue;
      if (u === 0 || distribution.quantile(1) === Infinity) {
        expect(distribution.valueAt(u)).toBe(distribution.quantile(u));
      }
    }
  });

  test('a draw gives the same value from the first sample on', () => {
    const stream = new Streams('early').get(name);
    const draws = Array.from({ length: 400 }, () => stream.unit());
    const fresh = draws.map((u) => compile({ ...spec }).valueAt(u));
    const twice = [...draws, ...draws].map((u) => distribution.valueAt(u));
    expect(twice).toEqual([...fresh, ...fresh]);
  });
});

test('moments beyond the mean: variance, skewness', () => {
  const moments = (spec: DistributionSpec) => {
    const samples = samplesOf(spec, 200_000, 'moments');
    const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
    const central = (k: number) =>
      samples.reduce((sum, x) => sum + (x - mean) ** k, 0) / samples.length;
    return { variance: central(2), skewness: central(3) / central(2) ** 1.5 };
  };
  // Standard errors over 200 000 samples: of a variance √((kurtosis - 1) / n), 0.6% for the
  // exponential; of its skewness, from its moments up to the eighth, about 0.03.
  const exponential = moments({ kind: 'exponential', mean: 3, min: 0 });
  expect(Math.abs(exponential.variance / 9 - 1)).toBeLessThan(4 * 0.0063);
  expect(Math.abs(exponential.skewness - 2)).toBeLessThan(4 * 0.03);
  const uniform = moments({ kind: 'uniform', min: 0, max: 12 });
  expect(Math.abs(uniform.variance / 12 - 1)).toBeLessThan(4 * 0.002);
  expect(Math.abs(uniform.skewness)).toBeLessThan(0.02);
  const normal = moments({ kind: 'normal', mean: 50, sd: 4 });
  expect(Math.abs(normal.variance / 16 - 1)).toBeLessThan(4 * 0.0032);
  expect(Math.abs(normal.skewness)).toBeLessThan(0.022);
});

describe('what the parameters say', () => {
  test.each<[DistributionSpec, p: number, x: number]>([
    [{ kind: 'lognormal', median: 2, p99: 12 }, 0.5, 2],
    [{ kind: 'lognormal', median: 2, p99: 12 }, 0.99, 12],
    [{ kind: 'lognormal', median: 3, p99: 3 }, 0.7, 3],
    [{ kind: 'exponential', mean: 5, min: 0 }, 1 - Math.exp(-1), 5],
    [{ kind: 'exponential', mean: 5, min: 4 }, 0, 4],
    [{ kind: 'exponential', mean: 5, min: 5 }, 0.9, 5],
    [{ kind: 'pareto', scale: 2, shape: 1, max: null }, 0.75, 8],
    [{ kind: 'pareto', scale: 2, shape: 1, max: 4 }, 1, 4],
    [{ kind: 'pareto', scale: 2, shape: 1, max: 4 }, 0.5, 8 / 3],
    [{ kind: 'normal', mean: 100, sd: 10 }, 0.5, 100],
    [{ kind: 'normal', mean: 5, sd: 0 }, 0.1, 5],
    [{ kind: 'normal', mean: 3, sd: 1 }, 0, 0],
    [{ kind: 'constant', value: 7 }, 0.3, 7],
    [
      {
        kind: 'table',
        values: [
          [1, 1],
          [2, 1],
          [3, 2],
        ],
      },
      0.5,
      2,
    ],
    [
      {
        kind: 'table',
        values: [
          [1, 1],
          [2, 1],
          [3, 2],
        ],
      },
      0.51,
      3,
    ],
  ])('%j at %d', (spec, p, x) => {
    expect(compile(spec).quantile(p)).toBeCloseTo(x, 12);
  });

  test.each<[DistributionSpec, mean: number]>([
    [{ kind: 'constant', value: 7 }, 7],
    [{ kind: 'pareto', scale: 2, shape: 2, max: null }, 4],
    [{ kind: 'pareto', scale: 2, shape: 0.9, max: null }, Infinity],
    [{ kind: 'pareto', scale: 1, shape: 1, max: Math.E }, 1 / (1 - 1 / Math.E)],
    [{ kind: 'pareto', scale: 1, shape: 1 + 1e-9, max: Math.E }, 1 / (1 - 1 / Math.E)],
    [{ kind: 'normal', mean: 0, sd: 1 }, Math.sqrt(2 / Math.PI)],
    [
      {
        kind: 'table',
        values: [
          [1, 1],
          [5, 3],
        ],
      },
      4,
    ],
    [{ kind: 'lognormal', median: 2, p99: 2 }, 2],
  ])('%j has the mean %d', (spec, mean) => {
    const found = compile(spec).mean;
    if (mean === Infinity) expect(found).toBe(Infinity);
    else expect(found).toBeCloseTo(mean, 8);
  });

  test('the bounded Pareto mean does not jump where its closed form gives way to the series', () => {
    for (const shape of [0.5, 0.9999, 1, 1.0001, 1.5]) {
      const mean = (by: number) =>
        compile({ kind: 'pareto', scale: 1, shape: shape + by, max: 50 }).mean;
      expect(Math.abs(mean(-1e-7) + mean(1e-7) - 2 * mean(0))).toBeLessThan(1e-7);
    }
  });

  test('a table has its values and none between, however close they are', () => {
    const close = compile({
      kind: 'table',
      values: [
        [1000, 1],
        [1000.1, 2],
        [1000.2, 3],
      ],
    });
    const stream = new Streams('close').get('t');
    const seen = new Set(Array.from({ length: 5000 }, () => close.sample(stream)));
    expect([...seen].sort((x, y) => x - y)).toEqual([1000, 1000.1, 1000.2]);
  });

  test('the draw where one value ends is the first of the next', () => {
    const half = compile({
      kind: 'table',
      values: [
        [1, 1],
        [2, 1],
      ],
    });
    expect([half.quantile(0.5), half.valueAt(0.5), half.valueAt(0.5 - 2 ** -53)]).toEqual([
      1, 2, 1,
    ]);
  });

  test('rows of weight 0 are never drawn, not even by the smallest draw', () => {
    const first = compile({
      kind: 'table',
      values: [
        [1, 0],
        [2, 1],
        [3, 0],
      ],
    });
    expect([0, 0.5, 1 - 2 ** -53].map((u) => first.valueAt(u))).toEqual([2, 2, 2]);
  });

  test('describe', () => {
    expect(
      Object.values(SPECS).map((spec) => compile(spec).describe().slice(0, 100)),
    ).toMatchInlineSnapshot(`
      [
        "uniform(3 to 8)",
        "uniform(-1 to 1)",
        "normal(mean 10, sd 2)",
        "normal(mean 0, sd 3)",
        "normal(mean 5, sd 5)",
        "lognormal(median 2, p99 12)",
        "lognormal(median 100, p99 101)",
        "lognormal(median 1, p99 500)",
        "exponential(mean 5)",
        "exponential(mean 5, min 4)",
        "pareto(scale 1, shape 2.5)",
        "pareto(scale 2, shape 1.2)",
        "pareto(scale 1, shape 1, max 100)",
        "pareto(scale 1, shape 0.5, max 3)",
        "table(7 x 1, 1 x 5, 3 x 0, 4 x 4)",
        "table(0 x 1, 1 x 2, 2 x 3, 3 x 4, 4 x 5, 5 x 6, 6 x 7, 7 x 1, 8 x 2, 9 x 3, 10 x 4, 11 x 5, 12 x 6, ",
        "mixture(9 x lognormal(median 2, p99 4), 1 x exponential(mean 60, min 20))",
        "mixture(1 x constant(5), 2 x mixture(0.5 x uniform(0 to 10), 0.5 x table(2 x 1, 20 x 1)))",
      ]
    `);
  });
});

describe('sampleUs', () => {
  /** A stream whose next draw is u. */
  function drawing(u: number): Stream {
    class Fixed extends Stream {
      override unit(): number {
        return u;
      }
    }
    return new Fixed(0, 0, 0, 0);
  }

  test('is whole microseconds of a distribution over ms', () => {
    expect(compile({ kind: 'constant', value: 1.2345 }).sampleUs(drawing(0))).toBe(1235);
    expect(compile({ kind: 'constant', value: 0.0004 }).sampleUs(drawing(0))).toBe(0);
    expect(compile({ kind: 'uniform', min: 1, max: 2 }).sampleUs(drawing(0.5))).toBe(1500);
  });

  test('stays within 0 to 2^52', () => {
    expect(compile({ kind: 'uniform', min: -5, max: 5 }).sampleUs(drawing(0.1))).toBe(0);
    const heavy = compile({ kind: 'pareto', scale: 1000, shape: 0.1, max: null });
    expect(heavy.sampleUs(drawing(1 - 2 ** -53))).toBe(2 ** 52);
  });

  test('of every kind takes one draw', () => {
    for (const [name, spec] of [
      ...Object.entries(SPECS),
      ['constant', { kind: 'constant', value: 1 }] as const,
    ]) {
      const one = new Streams('aligned').make(name);
      const other = new Streams('aligned').make(name);
      for (let i = 0; i < 50; i++) {
        compile(spec).sampleUs(one);
        other.unit();
      }
      expect(one.word(), name).toBe(other.word());
    }
  });
});

test('golden samples: a change here changes every run', () => {
  const golden = Object.entries(SPECS).map(([name, spec]) => {
    const stream = new Streams('golden').get(name);
    return `${name}: ${Array.from({ length: 5 }, () => compile(spec).sampleUs(stream)).join(' ')}`;
  });
  expect(golden).toMatchInlineSnapshot(`
    [
      "uniform: 4812 4592 4582 7262 5661",
      "uniform around 0: 433 88 790 905 0",
      "normal, hardly cut: 13647 10013 7945 14768 11633",
      "normal, cut in half: 2440 3342 2449 115 720",
      "normal, cut below -1 sd: 3849 3738 11126 3526 13811",
      "lognormal of a datacentre: 2413 691 4596 1970 2245",
      "lognormal, nearly constant: 99355 100483 99575 100271 100774",
      "lognormal, wild: 264 102 146 4998 100",
      "exponential: 6364 875 4223 2072 4958",
      "exponential over a floor: 4951 4257 5242 4498 4769",
      "pareto: 1089 1780 1320 1312 1840",
      "pareto without variance: 3238 8107 2731 15523 3077",
      "pareto, cut: 6999 1041 1084 2277 1180",
      "pareto, cut close: 1501 1300 1174 1097 2788",
      "table: 1000 7000 1000 1000 1000",
      "table of many: 60000 182000 233000 230000 139000",
      "mixture: 1315 1207 1500 2425 1341",
      "mixture of mixtures and steps: 20000 2715 5000 20000 5000",
    ]
  `);
});

test('one object is compiled once', () => {
  const spec: DistributionSpec = { kind: 'exponential', mean: 1, min: 0 };
  expect(compile(spec)).toBe(compile(spec));
  expect(compile({ ...spec })).not.toBe(compile(spec));
});

test.each<DistributionSpec>([
  { kind: 'constant', value: Number.NaN },
  { kind: 'constant', value: Infinity },
  { kind: 'uniform', min: 2, max: 1 },
  { kind: 'uniform', min: 0, max: Infinity },
  { kind: 'normal', mean: -1, sd: 1 },
  { kind: 'normal', mean: 1, sd: -1 },
  { kind: 'lognormal', median: 0, p99: 1 },
  { kind: 'lognormal', median: 2, p99: 1 },
  { kind: 'exponential', mean: 1, min: 2 },
  { kind: 'pareto', scale: 0, shape: 1, max: null },
  { kind: 'pareto', scale: 1, shape: 0, max: null },
  { kind: 'pareto', scale: 2, shape: 1, max: 2 },
  { kind: 'table', values: [] },
  { kind: 'table', values: [[1, 0]] },
  {
    kind: 'table',
    values: [
      [1, -1],
      [2, 2],
    ],
  },
  { kind: 'table', values: [[Number.NaN, 1]] },
  { kind: 'mixture', parts: [] },
  { kind: 'mixture', parts: [{ weight: Number.NaN, of: { kind: 'constant', value: 1 } }] },
  { kind: 'mixture', parts: [{ weight: 1, of: { kind: 'uniform', min: 2, max: 1 } }] },
])('refuses %j', (spec) => {
  expect(() => compile(spec)).toThrow(RangeError);
});

test('refuses a quantile outside of 0..1', () => {
  const distribution = compile({ kind: 'exponential', mean: 1, min: 0 });
  for (const p of [-0.1, 1.1, Number.NaN])
    expect(() => distribution.quantile(p)).toThrow(RangeError);
});
