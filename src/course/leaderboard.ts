/**
 * A leaderboard of many grades: pseudonyms, the columns that the exercise declares, equal rank for
 * equal values. Only those who hold all safety tests are in it.
 */
import { createHash } from 'node:crypto';
import { magnitude } from './quantity.ts';
import { UsageError } from './usage-error.ts';

/** What a leaderboard reads of a `grade.json`. */
export interface RankedGrade {
  readonly exercise: string;
  readonly submission: string;
  readonly leaderboard: readonly {
    readonly name: string;
    readonly value: string;
    readonly order: 'asc' | 'desc';
  }[];
}

export interface Row {
  readonly rank: number;
  readonly pseudonym: string;
  readonly values: readonly string[];
}

export interface Leaderboard {
  readonly exercise: string;
  readonly columns: readonly string[];
  /** The best first. */
  readonly rows: readonly Row[];
}

/** Throws UsageError where grades of several exercises are mixed. */
export function rank(grades: readonly RankedGrade[]): Leaderboard {
  const ranked = grades.filter(({ leaderboard }) => leaderboard.length > 0);
  const [first] = ranked;
  if (first === undefined) return { exercise: grades[0]?.exercise ?? '', columns: [], rows: [] };
  const other = ranked.find(({ exercise }) => exercise !== first.exercise);
  if (other !== undefined) {
    throw new UsageError(`grades of ${first.exercise} and ${other.exercise} do not compare`);
  }
  const sorted = [...ranked].sort(
    (a, b) => compare(a, b) || (a.submission < b.submission ? -1 : 1),
  );
  let place = 0;
  const rows = sorted.map((grade, i): Row => {
    const before = sorted[i - 1];
    if (before === undefined || compare(before, grade) !== 0) place = i + 1;
    return {
      rank: place,
      pseudonym: pseudonymOf(grade.submission),
      values: grade.leaderboard.map(({ value }) => value),
    };
  });
  return { exercise: first.exercise, columns: first.leaderboard.map(({ name }) => name), rows };
}

/** By the first column, then the next. */
function compare(a: RankedGrade, b: RankedGrade): number {
  for (const [i, { value, order }] of a.leaderboard.entries()) {
    const difference = magnitude(value) - magnitude(b.leaderboard[i]?.value ?? '∞');
    if (difference !== 0) return order === 'asc' ? difference : -difference;
  }
  return 0;
}

const COLOURS = ['amber', 'blue', 'coral', 'green', 'ivory', 'lilac', 'olive', 'rose'] as const;
const ANIMALS = ['badger', 'crane', 'dolphin', 'falcon', 'heron', 'ibex', 'lynx', 'otter'] as const;

/** `coral-otter-3f2a`: the same for the same submission, and no name of a person. */
function pseudonymOf(submission: string): string {
  const digest = createHash('sha256').update(`dsim-pseudonym\n${submission}`).digest();
  const colour = COLOURS[(digest[0] ?? 0) % COLOURS.length];
  const animal = ANIMALS[(digest[1] ?? 0) % ANIMALS.length];
  return `${colour}-${animal}-${digest.toString('hex', 2, 4)}`;
}
