/** The seeds that a scenario is tested with: `1..50`, `7`, or a list of such. */

/** Inclusive on both ends. */
export interface SeedRange {
  readonly first: number;
  readonly last: number;
}

/** More are refused: a test of this many seeds is a search. */
export const SEEDS_MAX = 10_000_000;

/** A range, or why the text is none. `7` is a range of one. */
export function readSeedRange(text: string): SeedRange | string {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) {
    return 'seeds are written 1..50, both ends included, or 7';
  }
  if (last < first) return `the range is reversed; did you mean ${last}..${first}?`;
  if (last - first >= SEEDS_MAX) return 'these are more than ten million seeds';
  return { first, last };
}

/** Every seed of the ranges once, in their order. */
export function seedsOf(ranges: readonly SeedRange[]): readonly string[] {
  const seeds = new Set<string>();
  for (const { first, last } of ranges) {
    for (let seed = first; seed <= last; seed++) seeds.add(String(seed));
  }
  return [...seeds];
}
