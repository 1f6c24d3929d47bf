/** Exact numbers against BigInt fractions made another way: sums of scaled integers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareNumbers,
  ExactNumber,
  isExactNumber,
  jsonText,
  minus,
  type Numeric,
  numberOf,
  plus,
} from './exact-number.ts';

const PLACES = 12;
/** A decimal of up to 30 digits before and 12 after the point, as an integer of 10^-12. */
const scaled = fc.oneof(
  fc.bigInt({ min: -(10n ** 42n), max: 10n ** 42n }),
  fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
  fc.bigInt({ min: -9007n * 10n ** 24n, max: 9008n * 10n ** 24n }).map((n) => n - (n % 10n ** 12n)),
);

function decimal(of: bigint): string {
  const digits = String(of < 0n ? -of : of).padStart(PLACES + 1, '0');
  return `${of < 0n ? '-' : ''}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}

const read = (of: bigint): Numeric => numberOf(decimal(of)) as Numeric;

test('sums, differences and order are those of the integers', () => {
  fc.assert(
    fc.property(scaled, scaled, (a, b) => {
      const [x, y] = [read(a), read(b)];
      expect(jsonText(plus(x, y))).toBe(jsonText(read(a + b)));
      expect(jsonText(minus(x, y))).toBe(jsonText(read(a - b)));
      expect(Math.sign(compareNumbers(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0);
      // One value has one representation.
      expect(jsonText(x) === jsonText(y)).toBe(a === b);
    }),
    { seed: 4, numRuns: 2000 },
  );
});

test.each([
  ['9007199254740991', false],
  ['9007199254740992', true],
  ['-9007199254740993', true],
  ['0.1', false],
  ['1e21', true],
  ['1e400', true],
  ['1e-400', true],
  ['1678000000000000009.5', true],
  ['-0.0', false],
  ['1.0', false],
])('%s is exact: %s', (text, exact) => {
  expect(isExactNumber(numberOf(text))).toBe(exact);
});

test('more digits than can be computed with are none', () => {
  expect(numberOf('1e10001')).toBe(null);
  expect(numberOf('1'.repeat(10_001))).toBe(null);
  expect(jsonText(plus(numberOf('1e10000') as Numeric, 1))).toMatch(/^10+1$/);
});

test('fractions', () => {
  expect(jsonText([ExactNumber.of(2n, 6n), ExactNumber.of(-1n, -3n), ExactNumber.of(4n, 2n)])).toBe(
    '[1/3,1/3,2]',
  );
  expect(plus(ExactNumber.of(1n, 3n), ExactNumber.of(2n, 3n))).toBe(1);
  expect(jsonText({ a: [numberOf('9007199254740993') as Numeric], b: 'x' })).toBe(
    '{"a":[9007199254740993],"b":"x"}',
  );
});
