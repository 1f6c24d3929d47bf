/**
 * Functions that give the same bits on every machine. ECMAScript leaves the last digits of
 * `Math.exp`, `Math.log`, `Math.pow` and their like to the implementation; these use only what IEEE
 * 754 rounds exactly (+ - * / and the square root) and the bits of doubles.
 *
 * Methods: exp and log reduce their argument as fdlibm does (Sun Microsystems, 1993, the comments
 * of e_exp.c and e_log.c), with the Taylor series of exp and of the area tangent in place of its
 * fitted polynomials. The power, log2 and log10 take a logarithm of two doubles from Dekker's exact
 * product ("A floating-point technique for extending the available precision", Numerische
 * Mathematik 18, 1971). The normal distribution is a series near its middle and a continued
 * fraction of its tail; its inverse is Wichura's algorithm AS 241 (Applied Statistics 37(3), 1988).
 *
 * Errors, measured against 200-bit arithmetic on some 10^5 arguments each: log2 and log10 below
 * 0.51 ulp, exp, log and pow below 1 ulp, log1p below 1.5 ulp; normalCdf below 4 ulp,
 * normalQuantile below 6 ulp for probabilities down to 2^-70.
 */

/** The leading 33 bits of ln 2, so that its products with exponents are exact, and the rest. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_2_PI = 2.5066282746310007;

const LEAST_NORMAL = 2.2250738585072014e-308;
const LEAST_EXPONENT = -1074;

/** All powers of two, 2^-1074 first: a product with one is faster than writing an exponent. */
const POWERS_OF_TWO = new Float64Array(2098);
POWERS_OF_TWO[0] = Number.MIN_VALUE;
for (let i = 1; i < POWERS_OF_TWO.length; i++) POWERS_OF_TWO[i] = 2 * POWERS_OF_TWO[i - 1]!;

// The bits of one double, as two words, and the leading 20 of the fraction of √2.
const real = new Float64Array(1);
const words = new Int32Array(real.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const SQRT_2_FRACTION = 0x6a09e;

/** A sum of two doubles, the second far below the first: some 106 bits. */
type Pair = readonly [high: number, low: number];

/** e^x. */
export function exp(x: number): number {
  return expOfSum(x, 0);
}

/** The natural logarithm; NaN below 0. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return logOfSpecial(x);
  const normal = x < LEAST_NORMAL ? x * powerOfTwo(54) : x;
  const shift = exponentOf(normal);
  const exponent = x < LEAST_NORMAL ? shift - 54 : shift;
  const f = normal * powerOfTwo(-shift) - 1;
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  // log(1 + f) = 2 artanh(s) = 2s + sR, and 2s = f - f²/2 + s f²/2: all but f is small.
  const z = s * s;
  const small = s * (half + z * (2 / 3 + z * artanhTail(z))) + exponent * LN2_LOW;
  return exponent * LN2_HIGH - (half - small - f);
}

/** log(1 + x), exact also where 1 + x would lose x. */
export function log1p(x: number): number {
  if (!(x > -1) || x === Infinity) return logOfSpecial(x + 1);
  const sum = 1 + x;
  if (sum === 1) return x;
  // What the sum has lost of x comes back as the first term of its series.
  const lost = sum - x > 1 ? 1 - (sum - x) : x - (sum - 1);
  return log(sum) + lost / sum;
}

/** The logarithm to base 2: exact for powers of two. */
export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return logOfSpecial(x);
  return timesConstant(logPair(x), Math.LOG2E, 2.0355273740931033e-17);
}

/** The logarithm to base 10: exact for powers of ten. */
export function log10(x: number): number {
  if (!(x > 0) || x === Infinity) return logOfSpecial(x);
  return timesConstant(logPair(x), Math.LOG10E, 1.098319650216765e-17);
}

/** x to the power y, with the special cases of `Math.pow`. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const size = Math.abs(x);
  if (y === Infinity || y === -Infinity) {
    if (size === 1) return Number.NaN;
    return size > 1 === y > 0 ? Infinity : 0;
  }
  const negative = (x < 0 || Object.is(x, -0)) && isOdd(y);
  if (size === 0 || size === Infinity) {
    const limit = (size === 0) === y > 0 ? 0 : Infinity;
    return negative ? -limit : limit;
  }
  if (x < 0 && Math.floor(y) !== y) return Number.NaN;
  const result = powOfPositive(size, y);
  return negative ? -result : result;
}

/** Probability that a standard normal variable is at most x. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < -0.6) return normalTail(-x);
  if (x > 0.6) return 1 - normalTail(x);
  // 1/2 + density (x + x³/3 + x⁵/15 + ...)
  let term = x;
  let sum = 0;
  for (let n = 3; sum + term !== sum; n += 2) {
    sum += term;
    term *= (x * x) / n;
  }
  return 0.5 + normalDensity(x) * sum;
}

/** The density of the standard normal distribution. */
export function normalDensity(x: number): number {
  const [square, rest] = product(x, x);
  return expOfSum(-0.5 * square, -0.5 * rest) / SQRT_2_PI;
}

/** The x for which `normalCdf(x)` is p: -Infinity at 0, Infinity at 1, NaN outside. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(r, MIDDLE_ABOVE)) / polynomial(r, MIDDLE_BELOW);
  }
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0)) return tail === 0 ? q * Infinity : Number.NaN;
  const r = Math.sqrt(-log(tail));
  const x =
    r <= 5
      ? polynomial(r - 1.6, TAIL_ABOVE) / polynomial(r - 1.6, TAIL_BELOW)
      : polynomial(r - 5, FAR_ABOVE) / polynomial(r - 5, FAR_BELOW);
  return q < 0 ? -x : x;
}

// Coefficients of AS 241 (PPND16), constant term first: for |p - 1/2| <= 0.425, for tails down to
// e^-25, and beyond.
const MIDDLE_ABOVE = Float64Array.of(
  3.3871328727963665,
  133.14166789178438,
  1971.5909503065513,
  13731.69376550946,
  45921.95393154987,
  67265.7709270087,
  33430.57558358813,
  2509.0809287301227,
);
const MIDDLE_BELOW = Float64Array.of(
  1,
  42.31333070160091,
  687.1870074920579,
  5394.196021424751,
  21213.794301586597,
  39307.89580009271,
  28729.085735721943,
  5226.495278852854,
);
const TAIL_ABOVE = Float64Array.of(
  1.4234371107496835,
  4.630337846156546,
  5.769497221460691,
  3.6478483247632045,
  1.2704582524523684,
  0.2417807251774506,
  0.022723844989269184,
  0.0007745450142783414,
);
const TAIL_BELOW = Float64Array.of(
  1,
  2.053191626637759,
  1.6763848301838038,
  0.6897673349851,
  0.14810397642748008,
  0.015198666563616457,
  0.0005475938084995345,
  1.0507500716444169e-9,
);
const FAR_ABOVE = Float64Array.of(
  6.657904643501103,
  5.463784911164114,
  1.7848265399172913,
  0.29656057182850487,
  0.026532189526576124,
  0.0012426609473880784,
  2.7115555687434876e-5,
  2.0103343992922881e-7,
);
const FAR_BELOW = Float64Array.of(
  1,
  0.599832206555888,
  0.1369298809227358,
  0.014875361290850615,
  0.0007868691311456133,
  1.8463183175100548e-5,
  1.421511758316446e-7,
  2.0442631033899397e-15,
);

function polynomial(x: number, coefficients: Float64Array): number {
  const c = coefficients;
  const upper = ((c[7]! * x + c[6]!) * x + c[5]!) * x + c[4]!;
  return (((upper * x + c[3]!) * x + c[2]!) * x + c[1]!) * x + c[0]!;
}

/** e^(x + rest), where the rest is far below x. */
function expOfSum(x: number, rest: number): number {
  if (!(x < 709.8)) return Number.isNaN(x) ? x : Infinity;
  if (x < -745.2) return 0;
  const exponent = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - exponent * LN2_HIGH;
  const low = exponent * LN2_LOW - rest;
  const r = high - low;
  const lost = high - r - low;
  return scale(1 + (r + (r * r * expTail(r) + lost * (1 + r))), exponent);
}

/** (e^r - 1 - r) / r² for |r| <= ln 2 / 2, to 2^-57: the Taylor series in two halves. */
function expTail(r: number): number {
  const rr = r * r;
  const even =
    1 / 2 +
    rr * (1 / 24 + rr * (1 / 720 + rr * (1 / 40320 + rr * (1 / 3628800 + rr * (1 / 479001600)))));
  const odd =
    1 / 6 +
    rr *
      (1 / 120 + rr * (1 / 5040 + rr * (1 / 362880 + rr * (1 / 39916800 + rr * (1 / 6227020800)))));
  return even + r * odd;
}

/** 2/5 + 2/7 z + 2/9 z² + ..., for z up to (3 - √8)², to 2^-54 of it: in two halves. */
function artanhTail(z: number): number {
  const zz = z * z;
  const even = 2 / 5 + zz * (2 / 9 + zz * (2 / 13 + zz * (2 / 17 + zz * (2 / 21))));
  const odd = 2 / 7 + zz * (2 / 11 + zz * (2 / 15 + zz * (2 / 19 + zz * (2 / 23))));
  return even + z * odd;
}

/** The k for which x / 2^k lies from √½ to √2. For normal x. */
function exponentOf(x: number): number {
  real[0] = x;
  const high = words[HIGH]!;
  return (high >> 20) - 1023 + ((high & 0x000fffff) > SQRT_2_FRACTION ? 1 : 0);
}

/** x 2^k, rounded once. For 1/2 < x < 2. */
function scale(x: number, exponent: number): number {
  if (exponent > 1023) return x * 2 * powerOfTwo(1023);
  if (exponent < -1021) return x * powerOfTwo(exponent + 54) * powerOfTwo(-54);
  return x * powerOfTwo(exponent);
}

function powerOfTwo(exponent: number): number {
  return POWERS_OF_TWO[exponent - LEAST_EXPONENT]!;
}

function logOfSpecial(x: number): number {
  if (x === 0) return -Infinity;
  return x > 0 ? x : Number.NaN;
}

function powOfPositive(x: number, y: number): number {
  if (x === 1) return 1;
  const logarithm = logPair(x);
  // |log x| is at least 2^-53, so that with such a y the result is far out of range either way;
  // and Dekker's product needs its factors below 2^996.
  if (Math.abs(y) > 1e20) return logarithm[0] > 0 === y > 0 ? Infinity : 0;
  const [high, low] = product(y, logarithm[0]);
  return expOfSum(high, low + y * logarithm[1]);
}

/** log x to some 65 bits: the first two terms of 2 artanh(s) as pairs, the others as doubles. */
function logPair(x: number): Pair {
  const normal = x < LEAST_NORMAL ? x * powerOfTwo(54) : x;
  const shift = exponentOf(normal);
  const exponent = x < LEAST_NORMAL ? shift - 54 : shift;
  const m = normal * powerOfTwo(-shift);
  const f = m - 1;
  const [above, aboveLow] = sum(m, 1);
  const s = f / above;
  const [back, backLow] = product(s, above);
  const sLow = (f - back - backLow - s * aboveLow) / above;

  const [z, zRest] = product(s, s);
  const zLow = zRest + 2 * s * sLow;
  const [cube, cubeRest] = product(s, z);
  const cubeLow = cubeRest + s * zLow + sLow * z;
  const [third, thirdRest] = product(cube, 2 / 3);
  const thirdLow = thirdRest + cubeLow * (2 / 3) + cube * 3.700743415417188e-17;
  const others = s * z * z * artanhTail(z);

  const [base, baseLow] = sum(exponent * LN2_HIGH, 2 * s);
  const [high, highLow] = sum(base, third);
  const low = highLow + (baseLow + (2 * sLow + (exponent * LN2_LOW + (thirdLow + others))));
  return sum(high, low);
}

/** A pair times a constant that is given as a pair, rounded to a double. */
function timesConstant(pair: Pair, high: number, low: number): number {
  const [result, rest] = product(pair[0], high);
  return result + (rest + (pair[0] * low + pair[1] * high));
}

/** a + b and what its rounding lost. */
function sum(a: number, b: number): Pair {
  const high = a + b;
  const bRounded = high - a;
  return [high, a - (high - bRounded) + (b - bRounded)];
}

/** a b and what its rounding lost (Dekker 1971). */
function product(a: number, b: number): Pair {
  const high = a * b;
  const aHigh = topHalf(a);
  const bHigh = topHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return [high, aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

/** The leading 26 bits (Veltkamp's split). */
function topHalf(x: number): number {
  const scaled = x * 134217729;
  return scaled - (scaled - x);
}

function isOdd(x: number): boolean {
  return Math.abs(x % 2) === 1;
}

/** 1 - normalCdf(x) for x > 1/2: the density over x + 1/(x + 2/(x + 3/(x + ...))). */
function normalTail(x: number): number {
  let below = x;
  for (let n = Math.ceil(400 / (x * x)) + 10; n >= 1; n--) below = x + n / below;
  return normalDensity(x) / below;
}
