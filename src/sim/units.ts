/**
 * Units at the rim: the only conversions and formats of time, ratio, rate and size in the house.
 */

/** Milliseconds to the kernel's integer microseconds, rounded to the nearest. */
export function msToUs(ms: number): number {
  return Math.round(ms * 1000);
}

export function usToMs(us: number): number {
  return us / 1000;
}

/**
 * `450µs`, `8.25ms`, `1.84s`, `2m30s`: three significant digits or the whole number, for people.
 */
export function formatDurationUs(us: number): string {
  if (us === Infinity) return '∞';
  if (us < 0) return `-${formatDurationUs(-us)}`;
  if (us < 1000) return `${trim(us)}µs`;
  if (us < 999_500) return `${trim(us / 1000)}ms`;
  if (us < 120_000_000) return `${trim(us / 1_000_000)}s`;
  const seconds = Math.round(us / 1_000_000);
  const rest = seconds % 60;
  return rest === 0 ? `${(seconds - rest) / 60}m` : `${(seconds - rest) / 60}m${rest}s`;
}

/** A moment of the run, `12.840s`: always seconds with ms, so that moments align. */
export function formatMomentUs(us: number): string {
  return `${(us / 1_000_000).toFixed(3)}s`;
}

/** `99.31%`: two decimals, none for 0 and 100; never rounded up. */
export function formatRatio(ratio: number): string {
  return percentText(ratio, Math.floor);
}

/** The same rounded up, for the upper end of an interval: `at most 3.70%`. */
export function formatRatioUp(ratio: number): string {
  return percentText(ratio, Math.ceil);
}

function percentText(ratio: number, round: (value: number) => number): string {
  if (ratio === 0 || ratio === 1) return `${ratio * 100}%`;
  return `${(round(ratio * 10_000) / 100).toFixed(2)}%`;
}

/** `99.995%`: a share that somebody chose, with all its digits. What is measured: `formatRatio`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}

/** `11,204`: a comma between thousands, as numbers are read too. */
export function formatCount(count: number): string {
  const text = String(Math.round(count));
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function trim(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toFixed(digits);
  return digits === 0 ? text : text.replace(/\.?0+$/, '');
}

/** What a metric is measured in. */
export type MetricUnit = 'ratio' | 'ms' | 'count' | 'per-second' | 'bytes';

/** The value of a measurement for people: `99.31%`, `8.25ms`, `11,204`, `96.5/s`. */
export function formatMeasured(value: number, unit: MetricUnit): string {
  switch (unit) {
    case 'ratio':
      return formatRatio(value);
    case 'ms':
      return formatDurationUs(msToUs(value));
    case 'count':
      return formatNumber(value);
    case 'per-second':
      return `${formatNumber(value)}/s`;
    case 'bytes':
      return `${formatNumber(value)} B`;
  }
}

/** Two decimals at most: a count that is a quotient has some. */
function formatNumber(value: number): string {
  const hundredths = Math.round(value * 100);
  if (hundredths % 100 === 0 || value >= 1000) return formatCount(value);
  return (hundredths / 100).toString();
}
