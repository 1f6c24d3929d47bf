/** Quantities as text that reads back as the same number. */
import type { QuantityKind } from './quantities.ts';

/** `50ms`, `0.001`, `50/s`, `64KiB`, `1MiB/s`. Durations are given in ms. */
export function formatQuantity(kind: QuantityKind, value: number): string {
  switch (kind) {
    case 'duration':
      return formatDuration(value);
    case 'rate':
      return `${value}/s`;
    case 'bytes':
      return formatBytes(value);
    case 'bandwidth':
      return `${formatBytes(value)}/s`;
    case 'ppm':
      return `${value}ppm`;
    case 'ratio':
      return formatRatio(value);
    default:
      return String(value);
  }
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value}${units[unit]}`;
}

/** In percent; very small ones in parts per million, where percents would have exponents. */
function formatRatio(ratio: number): string {
  const small = ratio !== 0 && Math.abs(ratio) < 1e-4;
  const scaled = Number((ratio * (small ? 1e6 : 100)).toPrecision(12));
  return small ? `${scaled}ppm` : `${scaled}%`;
}

/** In the largest unit in which it is a whole number, else in ms. */
function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (!Number.isFinite(ms)) return 'forever';
  const us = Math.round(ms * 1000);
  if (us % 1000 !== 0) return Math.abs(us) < 1000 ? `${us}us` : `${us / 1000}ms`;
  if (us % 3_600_000_000 === 0) return `${us / 3_600_000_000}h`;
  if (us % 60_000_000 === 0) return `${us / 60_000_000}m`;
  return us % 1_000_000 === 0 ? `${us / 1_000_000}s` : `${us / 1000}ms`;
}
