/** What was reached so far: `.dsim/course.json` in the folder where the exercises are worked on. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The best points by exercise. */
export type Progress = ReadonlyMap<string, number>;

const FILE = ['.dsim', 'course.json'] as const;

/** Empty if there is none, or none that can be read. */
export function readProgress(folder: string): Progress {
  try {
    const { best } = JSON.parse(readFileSync(join(folder, ...FILE), 'utf8')) as { best: object };
    return new Map(Object.entries(best).filter(([, points]) => Number.isInteger(points)));
  } catch {
    return new Map();
  }
}

/** The first that has not all points; null: they all have. */
export function nextOf<T extends { readonly name: string }>(
  exercises: readonly T[],
  progress: Progress,
): T | null {
  return exercises.find(({ name }) => progress.get(name) !== 100) ?? null;
}

/** A folder that cannot be written to is no failure. */
export function keepProgress(folder: string, exercise: string, points: number): void {
  const progress = new Map(readProgress(folder));
  if (points <= (progress.get(exercise) ?? -1)) return;
  progress.set(exercise, points);
  try {
    mkdirSync(join(folder, FILE[0]), { recursive: true });
    const best = Object.fromEntries([...progress].sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(
      join(folder, ...FILE),
      `${JSON.stringify({ format: 'dsim-course', best }, null, 2)}\n`,
    );
  } catch {
    // A read-only folder.
  }
}
