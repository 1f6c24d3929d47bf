/** Quantities as dsim prints them, and as expectations write them. */

const UNITS: { readonly [unit: string]: number } = {
  µs: 1e-6,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1048576,
  GiB: 1073741824,
};

/** A printed quantity as a number, for comparison with others of its kind. */
export function magnitude(text: string): number {
  if (text.includes('∞')) return Infinity;
  const [, digits = '', unit = ''] = /^([\d.,  _]+)\s*([\wµ%]*)/.exec(text) ?? [];
  return Number(digits.replace(/[,  _]/g, '')) * (UNITS[unit] ?? 1);
}
