import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Digest, hash32, hash64, hash128, hex32, utf8 } from './hash.ts';

function digestOf(feed: (digest: Digest) => void): string {
  const digest = new Digest();
  feed(digest);
  return digest.hex();
}

function bitsApart(one: string, other: string): number {
  let bits = 0;
  for (const at of [0, 8]) {
    let x =
      Number.parseInt(one.slice(at, at + 8), 16) ^ Number.parseInt(other.slice(at, at + 8), 16);
    for (; x !== 0; x &= x - 1) bits++;
  }
  return bits;
}

describe('Digest', () => {
  test('golden values', () => {
    expect({
      empty: digestOf(() => {}),
      zero: digestOf((d) => d.word(0)),
      words: digestOf((d) => d.mix4(1, 2, 3, 4)),
      time: digestOf((d) => d.time(2 ** 53 - 1)),
      event: digestOf((d) => d.event(5_000_000_000, 1, -1, 7)),
      text: digestOf((d) => d.text('n1→n2 vote')),
    }).toMatchInlineSnapshot(`
      {
        "empty": "c3e47653ae0ce6a3",
        "event": "73b42b1d7ede4687",
        "text": "f5d011f00201cc00",
        "time": "d503b1c02e88dc24",
        "words": "89bbf5d8dec3335a",
        "zero": "72ad7ce21c47faa8",
      }
    `);
  });

  test('four words at once are four words', () => {
    fc.assert(
      fc.property(fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer()), (words) => {
        const apart = digestOf((d) => {
          for (const word of words) d.word(word);
        });
        expect(digestOf((d) => d.mix4(...words))).toBe(apart);
      }),
      { seed: 1 },
    );
  });

  test.each(['', 'a', 'ab', 'abc', 'n1→n2'])('the code units of %j are its text', (text) => {
    const units = Uint16Array.from([...text, 'beyond'], (one) => one.charCodeAt(0));
    expect(digestOf((d) => d.units(units, text.length))).toBe(digestOf((d) => d.text(text)));
  });

  test('is sensitive to order, to length, to zeros, and to both halves of a time', () => {
    const feeds: ((d: Digest) => void)[] = [
      () => {},
      (d) => d.word(0),
      (d) => d.mix4(0, 0, 0, 0),
      (d) => d.mix4(1, 2, 3, 4),
      (d) => d.mix4(2, 1, 3, 4),
      (d) => d.mix4(1, 2, 4, 3),
      (d) => d.mix4(4, 3, 2, 1),
      (d) => d.time(1),
      (d) => d.time(2 ** 32),
      (d) => d.time(2 ** 32 + 1),
      (d) => d.time(2 ** 52),
      (d) => d.event(1, 2, 3, 4),
      (d) => d.event(2 ** 32 + 1, 2, 3, 4),
      (d) => d.text('a'),
      (d) => d.text('a\0'),
      (d) => d.text('ab'),
      (d) => d.text('ba'),
      (d) => d.text('\u6161'),
    ];
    const seen = new Set(feeds.map(digestOf));
    expect(seen.size).toBe(feeds.length);
  });

  test('two texts are not their concatenation', () => {
    const split = digestOf((d) => {
      d.text('ab');
      d.text('c');
    });
    const other = digestOf((d) => {
      d.text('a');
      d.text('bc');
    });
    expect(split).not.toBe(other);
  });

  test('hex() is the digest so far and does not disturb it', () => {
    const digest = new Digest();
    digest.word(1);
    const early = digest.hex();
    expect(digest.hex()).toBe(early);
    digest.word(2);
    expect(digest.hex()).toBe(
      digestOf((d) => {
        d.word(1);
        d.word(2);
      }),
    );
  });

  test('any flipped bit of any of twelve words flips about half of the digest', () => {
    const words = Array.from({ length: 12 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const feed = (changed: number, bit: number) =>
      digestOf((d) => {
        for (const [i, word] of words.entries()) d.word(i === changed ? word ^ (1 << bit) : word);
      });
    const plain = feed(-1, 0);
    let sum = 0;
    let least = 64;
    for (let word = 0; word < words.length; word++) {
      for (let bit = 0; bit < 32; bit++) {
        const apart = bitsApart(plain, feed(word, bit));
        sum += apart;
        least = Math.min(least, apart);
      }
    }
    // 384 digests of 64 bits: the mean of fair bits is 32 with a standard error of 0.2.
    expect(Math.abs(sum / 384 - 32)).toBeLessThan(1);
    expect(least).toBeGreaterThanOrEqual(12);
  });

  test('sequences of small numbers do not collide', () => {
    const seen = new Set<string>();
    for (let x = 0; x < 25; x++) {
      for (let y = 0; y < 25; y++) {
        for (let z = 0; z < 25; z++) seen.add(digestOf((d) => d.event(1000 * x, y, z, 0)));
      }
    }
    expect(seen.size).toBe(15_625);
  });
});

describe('hashes of texts', () => {
  test('golden values', () => {
    expect([hash32(''), hash32('n1'), hash32('n2')]).toMatchInlineSnapshot(`
      [
        1923972322,
        845164336,
        2421550339,
      ]
    `);
    expect([hash64(''), hash64('n1'), hash64('Zürich')]).toMatchInlineSnapshot(`
      [
        "72ad7ce21c47faa8",
        "32602f3096427b73",
        "cc9c35e475724f13",
      ]
    `);
  });

  test('ten thousand names give ten thousand hashes, spread evenly', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `node-${i}`);
    // The expected number of collisions in 32 bits is 0.012.
    expect(new Set(names.map(hash32)).size).toBe(names.length);
    expect(new Set(names.map(hash64)).size).toBe(names.length);
    const buckets = new Array<number>(16).fill(0);
    for (const name of names) buckets[hash32(name) & 15]!++;
    const chiSquare = buckets.reduce((sum, n) => sum + (n - 625) ** 2 / 625, 0);
    // 15 degrees of freedom: above 44 in one of ten thousand.
    expect(chiSquare).toBeLessThan(44);
  });
});

describe('hash128', () => {
  // SMHasher hashes {}, {0}, {0, 1}, ... with the seeds 256, 255, ..., then all of the results.
  test('has the verification value of MurmurHash3_x86_128, 0xB3ECE62A', () => {
    const key = Uint8Array.from({ length: 256 }, (_, i) => i);
    const results = new Int32Array(256 * 4);
    for (let i = 0; i < 256; i++) {
      const seed = new Int32Array(4).fill(256 - i);
      results.set(hash128(key.subarray(0, i), seed), i * 4);
    }
    const all = new Uint8Array(256 * 16);
    const view = new DataView(all.buffer);
    for (const [i, word] of results.entries()) view.setInt32(i * 4, word, true);
    expect(hex32(hash128(all)[0]!)).toBe('b3ece62a');
  });

  test('every word of the key matters to every lane', () => {
    const bytes = utf8('net/n1→n2');
    const plain = hash128(bytes);
    for (let word = 0; word < 4; word++) {
      const key = new Int32Array(4);
      key[word] = 1;
      const keyed = hash128(bytes, key);
      for (let lane = 0; lane < 4; lane++) expect(keyed[lane]).not.toBe(plain[lane]);
    }
  });
});

test('utf8 agrees with the TextEncoder of the host', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const encoded = new TextEncoder().encode(text);
      if (new TextDecoder().decode(encoded) === text) expect([...utf8(text)]).toEqual([...encoded]);
    }),
    { seed: 2, numRuns: 300 },
  );
  expect([...utf8('a é € 𝄞')]).toEqual([...new TextEncoder().encode('a é € 𝄞')]);
  expect([...utf8('\ud800')]).not.toEqual([...utf8('\ud801')]);
});
