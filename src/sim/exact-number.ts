/**
 * Numbers of histories, exactly as they are written. A JavaScript number stands for the decimal
 * that JavaScript prints for it, and for a whole number only up to 2^53 - 1; every other number of
 * a file is an `ExactNumber`. So equal numbers have one representation, two different ones never
 * become one, and sums and comparisons are exact. Small whole numbers cost no more than a check.
 */
import type { Plain } from './node.ts';

/** Numbers of more digits, before or after the point, are refused. */
export const DIGITS_MAX = 10_000;

/** A number that no JavaScript number stands for; `numberOf` and sums make it. */
export class ExactNumber {
  /** In lowest terms; the denominator is positive. */
  readonly #numerator: bigint;
  readonly #denominator: bigint;
  /** `9007199254740993`, `1678000000000000009.5`, `1/3`. Equal numbers have equal texts. */
  readonly text: string;

  private constructor(numerator: bigint, denominator: bigint) {
    this.#numerator = numerator;
    this.#denominator = denominator;
    this.text = fractionText(numerator, denominator);
  }

  get numerator(): bigint {
    return this.#numerator;
  }

  get denominator(): bigint {
    return this.#denominator;
  }

  /** The number of this value: a JavaScript number where that is exact. */
  static of(numerator: bigint, denominator: bigint): Numeric {
    const divisor = divisorOf(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    const exact = new ExactNumber(numerator / divisor, denominator / divisor);
    const short = Number(exact.text);
    const isExact =
      exact.#denominator === 1n
        ? Number.isSafeInteger(short)
        : Number.isFinite(short) && sameFraction(fractionOf(short), exact);
    // A zero of either sign is one value.
    return isExact ? short + 0 : (exact as ExactNumber & { readonly [name: string]: Plain });
  }

  toString(): string {
    return this.text;
  }

  /** A text: JSON that others read has no longer numbers. `jsonText` writes the digits. */
  toJSON(): string {
    return this.text;
  }
}

/** Plain data to everybody but these functions. */
export type Numeric = number | (ExactNumber & { readonly [name: string]: Plain });

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export function isExactNumber(value: unknown): value is Exclude<Numeric, number> {
  return value instanceof ExactNumber;
}

/** What is a number in a history; NaN and the infinities are none. */
export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' ? Number.isFinite(value) : value instanceof ExactNumber;
}

export function isWholeNumber(value: unknown): value is Numeric {
  if (typeof value === 'number') return Number.isInteger(value);
  return value instanceof ExactNumber && value.denominator === 1n;
}

const DECIMAL = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

/** The number of a decimal such as `-12`, `1.50`, `2e-7`; null if it has too many digits. */
export function numberOf(text: string): Numeric | null {
  const short = Number(text);
  if (text.length <= 15 && Number.isSafeInteger(short) && !/[.eE]/.test(text)) return short + 0;
  const [, sign = '', whole = '', fraction = '', power = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === '') throw new RangeError(`${text} is no decimal`);
  const exponent = Number(power) - fraction.length;
  const digits = whole.length + fraction.length;
  if (digits > DIGITS_MAX || Math.abs(exponent) > DIGITS_MAX) return null;
  const coefficient = BigInt(sign === '-' ? `-${whole}${fraction}` : whole + fraction);
  return exponent < 0
    ? ExactNumber.of(coefficient, tenTo(-exponent))
    : ExactNumber.of(coefficient * tenTo(exponent), 1n);
}

/** The sum; RangeError if one is no finite number. */
export function plus(a: Numeric, b: Numeric): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return sum;
  }
  const [x, y] = [fractionOf(a), fractionOf(b)];
  const numerator = x.numerator * y.denominator + y.numerator * x.denominator;
  return ExactNumber.of(numerator, x.denominator * y.denominator);
}

export function negative(a: Numeric): Numeric {
  return typeof a === 'number' ? 0 - a : ExactNumber.of(-a.numerator, a.denominator);
}

export function minus(a: Numeric, b: Numeric): Numeric {
  return plus(a, negative(b));
}

/** Negative if the first is less, 0 if they are equal, else positive. The infinities count. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'number' && !Number.isFinite(a)) return a;
  if (typeof b === 'number' && !Number.isFinite(b)) return -b;
  const [x, y] = [fractionOf(a), fractionOf(b)];
  const [left, right] = [x.numerator * y.denominator, y.numerator * x.denominator];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function lesser(a: Numeric, b: Numeric): Numeric {
  return compareNumbers(b, a) < 0 ? b : a;
}

export function greater(a: Numeric, b: Numeric): Numeric {
  return compareNumbers(b, a) > 0 ? b : a;
}

/** The JavaScript number nearest to it, for orders of magnitude only. */
export function roughly(a: Numeric): number {
  if (typeof a === 'number') return a;
  const near = Number(a.text);
  return Number.isNaN(near) ? Number(a.numerator) / Number(a.denominator) : near;
}

/** JSON, with the digits of every number as they are. */
export function jsonText(value: Plain): string {
  if (typeof value !== 'object' || value === null || !holdsExact(value))
    return JSON.stringify(value);
  if (isExactNumber(value)) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const fields = Object.entries(value as { readonly [name: string]: Plain });
  return `{${fields.map(([name, of]) => `${JSON.stringify(name)}:${jsonText(of)}`).join(',')}}`;
}

function holdsExact(value: Plain): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isExactNumber(value) || Object.values(value).some(holdsExact);
}

function sameFraction(a: Fraction, b: Fraction): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}

/** Of a JavaScript number: what it is printed as. */
function fractionOf(value: Numeric): Fraction {
  if (typeof value !== 'number') return value;
  if (Number.isSafeInteger(value)) return { numerator: BigInt(value), denominator: 1n };
  const [, sign = '', whole = '', fraction = '', power = '0'] = DECIMAL.exec(String(value)) ?? [];
  if (whole === '') throw new RangeError(`${value} is no finite number`);
  const coefficient = BigInt(sign === '-' ? `-${whole}${fraction}` : whole + fraction);
  const exponent = Number(power) - fraction.length;
  return exponent < 0
    ? { numerator: coefficient, denominator: tenTo(-exponent) }
    : { numerator: coefficient * tenTo(exponent), denominator: 1n };
}

function tenTo(power: number): bigint {
  return BigInt(`1${'0'.repeat(power)}`);
}

function divisorOf(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** A decimal where it ends, else a fraction. */
function fractionText(numerator: bigint, denominator: bigint): string {
  if (denominator === 1n) return String(numerator);
  let [rest, twos, fives] = [denominator, 0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  if (rest !== 1n) return `${numerator}/${denominator}`;
  const places = Math.max(twos, fives);
  const scaled = (numerator * tenTo(places)) / denominator;
  const sign = scaled < 0n ? '-' : '';
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(places + 1, '0');
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
