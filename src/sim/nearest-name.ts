/**
 * Did-you-mean: the known name nearest to what was written, by edit distance with transpositions of
 * neighbours (Damerau 1964; the restricted form, in which no stretch is edited twice).
 */

/** Insertions, deletions, substitutions and swaps of neighbours between two texts. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above: number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

/** `electionTimeout`, `election_timeout` and `Election Timeout` are all `election-timeout`. */
function kebab(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

const LONGEST = 80;

/** The nearest of the known names, or null if none is near; the first one of equals. */
export function nearestName(written: string, known: Iterable<string>): string | null {
  const wanted = kebab(written);
  if (wanted.length === 0 || wanted.length > LONGEST) return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of known) {
    const distance = distanceTo(wanted, name);
    if (distance >= bestDistance) continue;
    best = name;
    bestDistance = distance;
  }
  return best;
}

/**
 * The beginning or the end of a longer name counts as one edit: `latency-extra` for `extra`, `reg`
 * for `register`.
 */
function distanceTo(wanted: string, name: string): number {
  const candidate = kebab(name);
  if (candidate === wanted) return 0;
  const part = candidate.startsWith(wanted) || candidate.endsWith(`-${wanted}`);
  if (wanted.length >= 3 && part) return 1;
  if (candidate.length >= 3 && wanted.startsWith(`${candidate}-`)) return 1;
  return editDistance(wanted, candidate);
}
