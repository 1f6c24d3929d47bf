import * as fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import type { DistributionSpec } from '../distribution.ts';
import { normalCdf } from '../portable-math.ts';
import { compile } from './distribution.ts';
import { canonicalSeed, Stream, Streams } from './random.ts';

const N = 20_000;

function words(stream: Stream, count: number): number[] {
  return Array.from({ length: count }, () => stream.word() >>> 0);
}

/** A stream of known words, the last of them forever; counts what it gives. */
class Scripted extends Stream {
  given = 0;
  private readonly script: readonly number[];

  constructor(...script: number[]) {
    super(0, 0, 0, 0);
    this.script = script;
  }

  override word(): number {
    const word = this.script[Math.min(this.given, this.script.length - 1)]!;
    this.given++;
    return word | 0;
  }
}

/** Sum over cells of (observed - expected)² / expected. */
function chiSquare(counts: Iterable<number>, expected: number): number {
  let sum = 0;
  for (const count of counts) sum += (count - expected) ** 2 / expected;
  return sum;
}

/** A bound that chi square with these degrees of freedom passes once in ten thousand times. */
function chiSquareBound(freedom: number): number {
  const t = 2 / (9 * freedom);
  return freedom * (1 - t + 3.72 * Math.sqrt(t)) ** 3;
}

/**
 * The largest distance between the samples' distribution and another, times √n: 2.2 is 1 in 10^4.
 */
function kolmogorov(samples: number[], cdf: (x: number) => number): number {
  const sorted = Float64Array.from(samples).sort();
  let most = 0;
  for (let i = 0; i < sorted.length; i++) {
    const p = cdf(sorted[i]!);
    most = Math.max(most, p - i / sorted.length, (i + 1) / sorted.length - p);
  }
  return most * Math.sqrt(sorted.length);
}

describe('canonicalSeed', () => {
  test('integers stay, all else is hashed', () => {
    expect(
      [
        '0',
        '42',
        42,
        '9007199254740991',
        '9007199254740992',
        '007',
        '-1',
        '1.5',
        ' 1',
        '',
        'Zürich',
      ].map(canonicalSeed),
    ).toMatchInlineSnapshot(`
      [
        "0",
        "42",
        "42",
        "9007199254740991",
        "h0ba636b01c90e06e5f282be1d40d31e9",
        "hba720e79be89851562170193d70f3045",
        "hc09c624e5fe21d984152c3cfa8773c1e",
        "hbc2666292bfe63263c9fc2652f1d59e4",
        "h17cd2db85a644f652efa3c22e3abd349",
        "h1020c03736c6b0dc9859ab13b4002412",
        "h347454c860892c30d9d1b3c90cf5a1e8",
      ]
    `);
  });

  test('is its own canonical form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.maxSafeNat()), (seed) => {
        const canonical = canonicalSeed(seed);
        expect(canonicalSeed(canonical)).toBe(canonical);
        expect(canonical).toMatch(/^(\d+|h[0-9a-f]{32})$/);
      }),
      { seed: 1 },
    );
  });

  test('parts seeds that seedrandom takes for one', () => {
    const repeated = ['1', '11', '111'];
    const lowByteAlike = ['Zürich', 'Z\u01fcrich'];
    for (const alike of [repeated, lowByteAlike]) {
      expect(new Set(alike.map((seed) => seedrandom(seed).int32())).size).toBe(1);
      const firsts = alike.map((seed) => new Streams(seed).get('net').word());
      expect(new Set(firsts).size).toBe(alike.length);
    }
  });

  test('a number and its digits are one seed', () => {
    expect(words(new Streams(7).get('x'), 4)).toEqual(words(new Streams('7').get('x'), 4));
  });
});

describe('Streams', () => {
  test('golden vectors', () => {
    const golden = [
      ['42', 'net/n1→n2'],
      ['42', 'net/n2→n1'],
      ['43', 'net/n1→n2'],
      ['Zürich', ''],
    ].map(([seed, name]) => words(new Streams(seed!).get(name!), 4).join(' '));
    expect(golden).toMatchInlineSnapshot(`
      [
        "2389020170 3323985565 1318843461 2560027267",
        "3119788507 1004532004 1623582806 716961039",
        "1905347198 3607271991 1175838663 3233005451",
        "4215738465 3279093926 9276845 786142285",
      ]
    `);
  });

  test('a stream is its seed and its name, whatever else is drawn', () => {
    const alone = words(new Streams('s').get('node/n2'), 100);
    const streams = new Streams('s');
    const busy: number[] = [];
    for (let i = 0; i < 100; i++) {
      streams.get(`node/${i}`).normal();
      busy.push(streams.get('node/n2').word() >>> 0);
      streams.get('node/n3').unit();
    }
    expect(busy).toEqual(alone);
  });

  test('get goes on where it was, make begins anew', () => {
    const streams = new Streams('s');
    const begun = words(streams.get('a'), 3);
    expect(words(streams.get('a'), 3)).not.toEqual(begun);
    expect(words(streams.make('a'), 3)).toEqual(begun);
  });

  test('streams of similar names and seeds have nothing in common', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const streams = new Streams(seed);
      for (let name = 0; name < 25; name++) {
        for (const word of words(streams.get(`n${name}`), 2)) seen.add(word);
      }
    }
    // 2000 words of 32 bits: two alike in one of two thousand tries.
    expect(seen.size).toBe(2000);
  });

  test('the first words of many streams are uniform', () => {
    const streams = new Streams('first');
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 6400; i++) counts[streams.make(`s${i}`).word() >>> 26]!++;
    expect(chiSquare(counts, 100)).toBeLessThan(chiSquareBound(63));
  });
});

describe('Stream', () => {
  // Published vector of sfc32 seeded with (0, 12345, 0), counter 1: the words after twelve steps.
  test('is sfc32', () => {
    const stream = new Stream(0, 12345, 0, 1);
    words(stream, 12);
    expect(words(stream, 10)).toEqual([
      235160590, 2967261163, 116171463, 2882324903, 362604721, 4227106926, 1933307004, 1608300071,
      2256615412, 2701957640,
    ]);
  });

  test('golden values of every draw', () => {
    const stream = new Streams('golden').get('draws');
    const spec: DistributionSpec = { kind: 'lognormal', median: 2, p99: 12 };
    expect({
      unit: stream.unit(),
      die: stream.int(1, 6),
      wide: stream.int(1 - 2 ** 52, 2 ** 52),
      between: stream.between(150, 300),
      chance: [stream.chance(0.5), stream.chance(0.5), stream.chance(0.5)],
      pick: stream.pick(['a', 'b', 'c', 'd', 'e']),
      shuffle: stream.shuffle([1, 2, 3, 4, 5, 6, 7]),
      exponential: stream.exponential(10),
      normal: stream.normal(),
      lognormal: stream.draw(spec),
    }).toMatchInlineSnapshot(`
      {
        "between": 225.56314608235883,
        "chance": [
          false,
          true,
          false,
        ],
        "die": 5,
        "exponential": 3.195197543583342,
        "lognormal": 2.681783656746089,
        "normal": -0.40571645923966504,
        "pick": "b",
        "shuffle": [
          5,
          7,
          4,
          1,
          3,
          6,
          2,
        ],
        "unit": 0.10488061681561511,
        "wide": -3251858878606656,
      }
    `);
  });

  test('load and store carry the state', () => {
    const stream = new Streams('s').get('a');
    const columns = new Int32Array(12);
    stream.store(columns, 4);
    const ahead = words(stream, 5);
    const other = new Stream(0, 0, 0, 0);
    other.load(columns, 4);
    expect(words(other, 5)).toEqual(ahead);
    expect([...columns.subarray(0, 4), ...columns.subarray(8)]).toEqual(new Array(8).fill(0));
  });

  test('unit: uniform in its high and its low bits, never 1', () => {
    const stream = new Streams('unit').get('u');
    const high = new Array<number>(64).fill(0);
    const low = new Array<number>(64).fill(0);
    for (let i = 0; i < N; i++) {
      const u = stream.unit();
      high[Math.floor(u * 64)]!++;
      low[(u * 2 ** 53) % 64]!++;
    }
    expect(chiSquare(high, N / 64)).toBeLessThan(chiSquareBound(63));
    expect(chiSquare(low, N / 64)).toBeLessThan(chiSquareBound(63));
    expect(new Scripted(-1).unit()).toBe(1 - 2 ** -53);
    expect(new Scripted(0).unit()).toBe(0);
  });

  test.each([2, 3, 6, 7, 1000, 1 << 21, 3 * 2 ** 30, 2 ** 40 + 1, 2 ** 52 + 1])(
    'int: uniform over %d outcomes',
    (outcomes) => {
      const stream = new Streams('int').get(`int/${outcomes}`);
      const cells = Math.min(outcomes, 50);
      const counts = new Map<number, number>(Array.from({ length: cells }, (_, i) => [i, 0]));
      for (let i = 0; i < N; i++) {
        const x = stream.int(-5, outcomes - 6) + 5;
        if (!(Number.isInteger(x) && x >= 0 && x < outcomes)) throw new Error(`${x}`);
        const cell = Math.floor((x / outcomes) * cells);
        counts.set(cell, counts.get(cell)! + 1);
      }
      expect(chiSquare(counts.values(), N / cells)).toBeLessThan(chiSquareBound(cells - 1));
    },
  );

  test('int draws again where a word would favour an outcome, and only there', () => {
    // 2^32 = 3 · 1431655765 + 1: one word too many, and it is 0.
    const three = new Scripted(0, 1431655766);
    expect([three.int(0, 2), three.given]).toEqual([1, 2]);
    // 2^32 = 6 · 715827882 + 4: of the words at the lower ends of the outcomes, four are too many.
    const ends = Array.from({ length: 6 }, (_, i) => Math.ceil((i * 2 ** 32) / 6));
    const again = ends.filter((word) => {
      const six = new Scripted(word, 99);
      six.int(0, 5);
      return six.given === 2;
    });
    expect(again.length).toBe(4);
    const four = new Scripted(0);
    expect([four.int(0, 3), four.given]).toEqual([0, 1]);
  });

  test('int over many outcomes draws again from the last, incomplete round', () => {
    // 2^53 = (2^52 + 1) + (2^52 - 1): nearly half of the draws are too many.
    const largest = new Scripted(-1, -1, 0, 0);
    expect([largest.int(0, 2 ** 52), largest.given]).toEqual([0, 4]);
    const lastFair = new Scripted(1 << 31, 0);
    expect([lastFair.int(0, 2 ** 52), lastFair.given]).toEqual([2 ** 52, 2]);
    const firstUnfair = new Scripted(1 << 31, 1 << 6, 0);
    expect([firstUnfair.int(0, 2 ** 52), firstUnfair.given]).toEqual([0, 4]);
  });

  test('int keeps to its range at the ends of the integers', () => {
    const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number;
    expect(new Scripted(-1).int(0, max)).toBe(max);
    expect(new Scripted(0).int(min, 0)).toBe(min);
    expect(new Scripted(-1).int(min, min + 10)).toBe(min + 10);
    expect(new Scripted(5).int(7, 7)).toBe(7);
  });

  test.each([
    [1, 0],
    [0.5, 2],
    [0, Number.NaN],
    [0, Infinity],
    [0, 2 ** 53],
    [-1, Number.MAX_SAFE_INTEGER],
  ])('int(%d, %d) is refused', (min, max) => {
    expect(() => new Scripted(0).int(min, max)).toThrow(RangeError);
  });

  test('between reaches min and never max', () => {
    expect(new Scripted(0).between(3, 8)).toBe(3);
    expect(new Scripted(-1).between(3, 8)).toBeLessThan(8);
    expect(new Scripted(-1).between(0, 5e-324)).toBe(0);
    expect(new Scripted(-1).between(2, 2)).toBe(2);
    expect(() => new Scripted(0).between(2, 1)).toThrow(RangeError);
    expect(() => new Scripted(0).between(0, Infinity)).toThrow(RangeError);
    expect(() => new Scripted(0).between(Number.NaN, 1)).toThrow(RangeError);
  });

  test.each([0, 1e-9, 0.3, 1, 2])('chance(%d) draws once, whatever it says', (probability) => {
    const stream = new Scripted(123456789);
    stream.chance(probability);
    expect(stream.given).toBe(2);
  });

  test('chance is as likely as it says', () => {
    const stream = new Streams('chance').get('c');
    for (const p of [0.001, 0.1, 0.5, 0.99]) {
      let yes = 0;
      for (let i = 0; i < N; i++) if (stream.chance(p)) yes++;
      expect(Math.abs(yes - N * p)).toBeLessThan(4 * Math.sqrt(N * p * (1 - p)));
    }
    expect(new Scripted(-1).chance(1)).toBe(true);
    expect(new Scripted(0).chance(0)).toBe(false);
    expect(new Scripted(0, 32).chance(1e-15)).toBe(true);
    expect(new Scripted(0, 3200 << 6).chance(1e-15)).toBe(false);
  });

  test('pick chooses each alike, and refuses to choose from nothing', () => {
    const stream = new Streams('pick').get('p');
    const counts = new Map([...'abcde'].map((letter) => [letter, 0]));
    for (let i = 0; i < N; i++) {
      const letter = stream.pick([...'abcde']);
      counts.set(letter, counts.get(letter)! + 1);
    }
    expect(chiSquare(counts.values(), N / 5)).toBeLessThan(chiSquareBound(4));
    expect(() => stream.pick([])).toThrow(RangeError);
  });

  test('shuffle: every order alike, in a new array', () => {
    const stream = new Streams('shuffle').get('s');
    const items = Object.freeze([1, 2, 3, 4]);
    const counts = new Map<string, number>();
    for (let i = 0; i < N; i++) {
      const order = stream.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare(counts.values(), N / 24)).toBeLessThan(chiSquareBound(23));
    expect(items).toEqual([1, 2, 3, 4]);
    expect(stream.shuffle([])).toEqual([]);
  });

  test('exponential and normal follow their distributions', () => {
    const stream = new Streams('laws').get('x');
    const exponential = Array.from({ length: N }, () => stream.exponential(5));
    expect(kolmogorov(exponential, (x) => 1 - Math.exp(-x / 5))).toBeLessThan(2.2);
    const normal = Array.from({ length: N }, () => stream.normal());
    expect(kolmogorov(normal, normalCdf)).toBeLessThan(2.2);
    for (const word of [0, -1]) {
      expect(Number.isFinite(new Scripted(word).normal())).toBe(true);
      expect(Number.isFinite(new Scripted(word).exponential(1))).toBe(true);
    }
  });

  test('every real draw takes two words', () => {
    const spec: DistributionSpec = { kind: 'constant', value: 3 };
    const draws: ((stream: Stream) => unknown)[] = [
      (s) => s.unit(),
      (s) => s.between(1, 2),
      (s) => s.between(1, 1),
      (s) => s.exponential(1),
      (s) => s.normal(),
      (s) => s.draw(spec),
    ];
    for (const draw of draws) {
      const stream = new Scripted(77);
      draw(stream);
      expect(stream.given).toBe(2);
    }
  });

  test('draw is a sample of the distribution, in turns of several specs too', () => {
    const one: DistributionSpec = { kind: 'exponential', mean: 4, min: 1 };
    const two: DistributionSpec = { kind: 'uniform', min: 0, max: 9 };
    const drawn = new Streams('d').make('x');
    const sampled = new Streams('d').make('x');
    for (let i = 0; i < 100; i++) {
      const spec = i % 3 === 0 ? two : one;
      expect(drawn.draw(spec)).toBe(compile(spec).sample(sampled));
    }
  });
});
