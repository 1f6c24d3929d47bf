/**
 * Numbers with units, as text to numbers: `1m30s`, `0.1%`, `50/s`, `64KiB`, and ranges of them.
 * Scaling by powers of ten happens in the decimal text, so that `0.7%` is the double nearest to
 * 0.007. What dsim prints is read again: `2,942` with commas between thousands, and `100 ms` with
 * a space before the unit. Every refusal says what was expected and, where the slip is a known one,
 * what to write.
 */

/**
 * Either the value or what is wrong with the text. Whether an integer is whole is for its bounds to
 * say.
 */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: QuantityProblem };

export interface QuantityProblem {
  /** `unit` means missing or unknown unit; `value` that it cannot be meant. */
  readonly about: 'unit' | 'value';
  /** What was expected: `a duration such as 50ms`. */
  readonly expected: string;
  /** What is wrong, when there is more to say than `expected`. */
  readonly because: string | null;
  /** What was likely meant, ready to be written. */
  readonly readings: readonly string[];
}

export type QuantityKind =
  | 'duration'
  | 'rate'
  | 'bytes'
  | 'bandwidth'
  | 'ratio'
  | 'ppm'
  | 'integer'
  | 'number';

interface Grammar {
  /** As it stands in a sentence. */
  readonly expected: string;
  /** Unit to (factor, decimal exponent). */
  readonly units: ReadonlyMap<string, readonly [factor: number, exponent: number]>;
  /** Two units to suggest for a bare number. */
  readonly likely: readonly string[];
  /** What people write instead, in lower case. */
  readonly aliases: ReadonlyMap<string, string>;
}

const NUMBER = String.raw`\d+(?:\.\d+)?|\.\d+`;

const duration: Grammar = {
  expected: 'a duration such as `50ms` or `1m30s`',
  // To µs.
  units: new Map([
    ['us', [1, 0]],
    ['µs', [1, 0]],
    ['μs', [1, 0]],
    ['ms', [1, 3]],
    ['s', [1, 6]],
    ['m', [60, 6]],
    ['h', [3600, 6]],
    ['d', [86_400, 6]],
  ]),
  likely: ['ms', 's'],
  aliases: new Map(
    Object.entries({
      us: 'usec usecs micro micros microsecond microseconds',
      ms: 'msec msecs milli millis millisecond milliseconds',
      s: 'sec secs second seconds',
      m: 'min mins minute minutes',
      h: 'hr hrs hour hours',
      d: 'day days',
    }).flatMap(([unit, names]) => names.split(' ').map((name): [string, string] => [name, unit])),
  ),
};

const rate: Grammar = {
  expected: 'a rate such as `50/s`',
  // To 1/s; the factor divides.
  units: new Map([
    ['/s', [1, 0]],
    ['/m', [60, 0]],
    ['/h', [3600, 0]],
  ]),
  likely: ['/s', '/m'],
  aliases: new Map([
    ['rps', '/s'],
    ['qps', '/s'],
    ['hz', '/s'],
    ['/sec', '/s'],
    ['/second', '/s'],
    ['per second', '/s'],
    ['/min', '/m'],
    ['/minute', '/m'],
    ['rpm', '/m'],
    ['/hour', '/h'],
  ]),
};

const bytes: Grammar = {
  expected: 'a size such as `64KiB`',
  units: new Map([
    ['B', [1, 0]],
    ['kB', [1, 3]],
    ['MB', [1, 6]],
    ['GB', [1, 9]],
    ['TB', [1, 12]],
    ['KiB', [1024, 0]],
    ['MiB', [1024 * 1024, 0]],
    ['GiB', [1024 * 1024 * 1024, 0]],
    ['TiB', [1024 * 1024 * 1024 * 1024, 0]],
  ]),
  likely: ['B', 'KiB'],
  aliases: new Map([
    ['k', 'KiB'],
    ['kb', 'kB'],
    ['kib', 'KiB'],
    ['m', 'MiB'],
    ['mb', 'MB'],
    ['mib', 'MiB'],
    ['g', 'GiB'],
    ['gb', 'GB'],
    ['gib', 'GiB'],
    ['b', 'B'],
    ['byte', 'B'],
    ['bytes', 'B'],
  ]),
};

const bandwidth: Grammar = {
  expected: 'a bandwidth such as `1MiB/s`',
  // To bytes a second.
  units: new Map([
    ['B/s', [1, 0]],
    ['kB/s', [1, 3]],
    ['MB/s', [1, 6]],
    ['GB/s', [1, 9]],
    ['KiB/s', [1024, 0]],
    ['MiB/s', [1024 * 1024, 0]],
    ['GiB/s', [1024 * 1024 * 1024, 0]],
    ['bit/s', [0.125, 0]],
    ['kbit/s', [0.125, 3]],
    ['Mbit/s', [0.125, 6]],
    ['Gbit/s', [0.125, 9]],
  ]),
  likely: ['KiB/s', 'MiB/s'],
  aliases: new Map([
    ['b', 'B/s'],
    ['kb', 'kB/s'],
    ['mb', 'MB/s'],
    ['gb', 'GB/s'],
    ['kib', 'KiB/s'],
    ['mib', 'MiB/s'],
    ['gib', 'GiB/s'],
    ['bps', 'bit/s'],
    ['kbps', 'kbit/s'],
    ['mbps', 'Mbit/s'],
    ['gbps', 'Gbit/s'],
    ['kbit', 'kbit/s'],
    ['mbit', 'Mbit/s'],
    ['gbit', 'Gbit/s'],
  ]),
};

/** What a kind of quantity is called in a sentence. */
export const expectedOf: { readonly [kind in QuantityKind]: string } = {
  duration: duration.expected,
  rate: rate.expected,
  bytes: bytes.expected,
  bandwidth: bandwidth.expected,
  ratio: 'a ratio such as `0.1%`, or a number from 0 to 1',
  ppm: 'a drift such as `50ppm`',
  integer: 'a whole number',
  number: 'a number',
};

/**
 * One quantity. Durations come in ms that are whole µs, rates per second, sizes in bytes, ratios
 * from 0 to 1 (bounds are the caller's), drifts in parts per million. A number without a unit is
 * read as YAML reads it.
 */
export function readQuantity(kind: QuantityKind, written: string): Read<number> {
  const hasUnit = kind !== 'integer' && kind !== 'number';
  const text = hasUnit ? withoutGaps(written) : written;
  switch (kind) {
    case 'duration':
      return readDuration(text);
    case 'rate':
      return readUnit(rate, text, (number, [factor]) => Number(number) / factor);
    case 'bytes':
      return readBytes(text);
    case 'bandwidth':
      return readUnit(
        bandwidth,
        text,
        (number, [factor, exponent]) => Number(`${number}e${exponent}`) * factor,
      );
    case 'ratio':
      return readRatio(text);
    case 'ppm':
      return readPpm(text);
    default:
      return readNumber(kind, text);
  }
}

/** Is it the unit of some quantity, right or in a word that people use? `ms`, `%`, `seconds`. */
export function isUnit(text: string): boolean {
  if (text === '%' || text === 'ppm') return true;
  return [duration, rate, bytes, bandwidth].some(
    ({ units, aliases }) => units.has(text) || (text.length > 1 && aliases.has(text)),
  );
}

/** `1,234 ms` to `1234ms`. A comma that does not part thousands stays, and is refused. */
export function withoutGaps(text: string): string {
  return text
    .replace(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g, (digits) => digits.replaceAll(',', ''))
    .replace(/(?<=\d) +(?=[a-zµμ%/])/giu, '')
    .replace(/(?<=\d[a-zµμ]+) +(?=\d)/giu, '');
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** `a..b`, both ends included, or one quantity for both. */
export function readRange(kind: QuantityKind, text: string): Read<Range> {
  const ends = text.split('..');
  if (ends.length === 1) {
    const both = readQuantity(kind, text);
    return both.ok ? { ok: true, value: { min: both.value, max: both.value } } : both;
  }
  const [from, to] = ends;
  const expected = `a range such as \`${exampleRange(kind)}\``;
  if (ends.length > 2 || from === undefined || to === undefined || from === '' || to === '') {
    return failed('value', expected, null);
  }
  const low = readQuantity(kind, from);
  const high = readQuantity(kind, to);
  if (!low.ok && high.ok) return failed(low.problem.about, expected, null, shareUnit(from, to));
  if (!low.ok)
    return failed(
      low.problem.about,
      expected,
      low.problem.because,
      bothReadings(low.problem, high),
    );
  if (!high.ok) return failed(high.problem.about, expected, high.problem.because);
  if (low.value > high.value) {
    return failed('value', expected, 'the range is reversed', [`${to}..${from}`]);
  }
  return { ok: true, value: { min: low.value, max: high.value } };
}

/** Does the text look like a range? */
export function isRange(text: string): boolean {
  return text.includes('..');
}

function exampleRange(kind: QuantityKind): string {
  const examples = {
    duration: '150ms..300ms',
    rate: '10/s..50/s',
    bytes: '1KiB..4KiB',
    bandwidth: '1MiB/s..4MiB/s',
    ratio: '0.1%..5%',
  };
  return (examples as { readonly [kind: string]: string })[kind] ?? '3..7';
}

/** `150..300`: what each end may mean, in the same unit. */
function bothReadings(low: QuantityProblem, high: Read<number>): readonly string[] {
  if (high.ok || high.problem.readings.length !== low.readings.length) return [];
  return low.readings.map((reading, i) => `${reading}..${high.problem.readings[i]}`);
}

/** `150..300ms` means `150ms..300ms`. */
function shareUnit(from: string, to: string): readonly string[] {
  const unit = /[^\d.]+$/.exec(to)?.[0];
  return unit === undefined || !/^[\d.]+$/.test(from) ? [] : [`${from}${unit}..${to}`];
}

function readDuration(text: string): Read<number> {
  if (isZero(text)) return { ok: true, value: 0 };
  const pieces = new RegExp(`^-?(?:(?:${NUMBER})(?:us|µs|μs|ms|s|m|h|d))+$`, 'u');
  if (!pieces.test(text)) return notInUnits(duration, text);
  let us = 0;
  let last = Infinity;
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)([a-zµμ]+)/gu)) {
    const [factor, exponent] = duration.units.get(unit) ?? [1, 0];
    const size = factor * Number(`1e${exponent}`);
    // `1s1m` or `1s2s` is more likely a slip than meant.
    if (size >= last)
      return failed('value', duration.expected, 'units go from large to small, each once');
    last = size;
    us += Number(`${number}e${exponent}`) * factor;
  }
  const whole = Math.round(us);
  if (Math.abs(us - whole) > 1e-6) {
    return failed('value', duration.expected, 'time is counted in whole microseconds');
  }
  if (!Number.isSafeInteger(whole))
    return failed('value', duration.expected, 'no run lasts that long');
  return { ok: true, value: (text.startsWith('-') ? -whole : whole) / 1000 };
}

function readBytes(text: string): Read<number> {
  const read = readUnit(
    bytes,
    text,
    (number, [factor, exponent]) => Number(`${number}e${exponent}`) * factor,
  );
  if (read.ok && !Number.isSafeInteger(read.value)) {
    return failed('value', bytes.expected, 'a size is a whole number of bytes');
  }
  return read;
}

function readUnit(
  grammar: Grammar,
  text: string,
  scale: (number: string, unit: readonly [number, number]) => number,
): Read<number> {
  if (isZero(text)) return { ok: true, value: 0 };
  const match = new RegExp(`^(-?(?:${NUMBER}))(.+)$`, 'u').exec(text);
  const unit = grammar.units.get(match?.[2] ?? '');
  if (match === null || unit === undefined) return notInUnits(grammar, text);
  return { ok: true, value: scale(match[1] ?? '', unit) };
}

function readRatio(text: string): Read<number> {
  const match = new RegExp(`^(-?(?:${NUMBER}))(%|ppm)?$`).exec(text);
  if (match === null) {
    const percent = new RegExp(`^(${NUMBER})\\s*(?:%|percent|pct)$`, 'i').exec(text);
    return failed('unit', expectedOf.ratio, null, percent === null ? [] : [`${percent[1]}%`]);
  }
  const [, number = '', unit] = match;
  const value = Number(unit === '%' ? `${number}e-2` : unit === 'ppm' ? `${number}e-6` : number);
  if (unit === undefined && value > 1) {
    const readings = [`${number}%`, ...(value <= 100 ? [] : [`${number}ppm`])];
    return failed('unit', expectedOf.ratio, null, readings);
  }
  return { ok: true, value };
}

function readPpm(text: string): Read<number> {
  const match = new RegExp(`^([-+]?(?:${NUMBER}))(ppm|%)?$`).exec(text);
  if (match === null) return failed('unit', expectedOf.ppm, null);
  const [, number = '', unit] = match;
  if (unit === undefined && !isZero(number))
    return failed('unit', expectedOf.ppm, null, [`${number}ppm`]);
  return { ok: true, value: Number(unit === '%' ? `${number}e4` : number) };
}

function readNumber(kind: 'integer' | 'number', text: string): Read<number> {
  const plain = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$|^0x[0-9a-fA-F]+$|^0o[0-7]+$/.test(
    text,
  );
  const value = plain ? Number(text) : NaN;
  if (!Number.isFinite(value)) {
    const digits = text.replace(/[_, ](?=\d{3})/g, '');
    return failed(
      'value',
      expectedOf[kind],
      null,
      digits !== text && /^\d+$/.test(digits) ? [digits] : [],
    );
  }
  return { ok: true, value };
}

function isZero(text: string): boolean {
  return /^[-+]?0+(?:\.0+)?$/.test(text);
}

/** A bare number, or a unit that people also write, gets a suggestion. */
function notInUnits(grammar: Grammar, text: string): Read<never> {
  const bare = new RegExp(`^-?(?:${NUMBER})$`).exec(text);
  if (bare !== null) {
    const readings = grammar.likely.map((unit) => `${text}${unit}`);
    return failed('unit', grammar.expected, null, readings);
  }
  const match = new RegExp(`^(-?(?:${NUMBER}))\\s*(.+)$`, 'su').exec(text);
  const written = match?.[2] ?? '';
  const known = grammar.units.has(written) ? written : grammar.aliases.get(written.toLowerCase());
  const lower = grammar.units.has(written.toLowerCase()) ? written.toLowerCase() : undefined;
  const unit = known ?? lower;
  return failed('unit', grammar.expected, null, unit === undefined ? [] : [`${match?.[1]}${unit}`]);
}

function failed(
  about: 'unit' | 'value',
  expected: string,
  because: string | null,
  readings: readonly string[] = [],
): { readonly ok: false; readonly problem: QuantityProblem } {
  return { ok: false, problem: { about, expected, because, readings } };
}
