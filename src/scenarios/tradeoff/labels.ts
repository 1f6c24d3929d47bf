/**
 * From the letters of runs to the label of a store: by seed, with the reason of the most frequent.
 */
import type { Cell } from './battery.ts';
import { REGULAR } from './consistency.ts';
import {
  type Baseline,
  type CellLetter,
  elseLetterOf,
  goesOnFrom,
  labelOf,
  letterOfSeed,
  SEED_SHARE,
  type SeedCell,
} from './letters.ts';
import type { Sample } from './sample.ts';
import type { CalmResult } from './tradeoff.ts';

/** A cell with its runs, and the letter of each. */
interface JudgedCell {
  readonly cell: Cell;
  readonly runs: readonly Sample[];
  readonly found: readonly CellLetter[];
}

/** The letters of each seed over its cells, and the label if the seeds agree. */
export function labelsOf(
  calm: readonly Sample[],
  judged: readonly JudgedCell[],
  { latency, exposure, model, runs, far }: CalmResult,
  { oneCopy }: Baseline,
) {
  const { held, broken } = model;
  const otherwise = elseLetterOf({
    ...{ latency, exposure, oneCopy, runs, held, broken },
    stale: staleRuns(calm),
    far,
  });
  const counts = new Map<string, number>();
  const reasons = new Map<string, { partition: string; else: string }>();
  let seeds = 0;
  for (const sample of calm) {
    const cells = judged.map(({ cell, runs, found }) => {
      const at = runs.findIndex(({ seed }) => seed === sample.seed);
      const { decides, name } = cell;
      const parts = cell.faults === 'own' || cell.faults.shape === 'apart';
      return { decides, smallest: smallestIn(runs[at]), found: found[at], name, parts };
    });
    if (cells.some(({ found }) => found === undefined)) continue;
    seeds++;
    const complete = cells as NamedCell[];
    const partition = letterOfSeed(complete);
    const label = labelOf(partition, otherwise.letter);
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (!reasons.has(label)) {
      reasons.set(label, { partition: reasonOf(complete, partition), else: otherwise.why });
    }
  }
  const mixture = [...counts].sort((a, b) => b[1] - a[1]);
  const [most] = mixture;
  const agreed = most !== undefined && most[1] >= SEED_SHARE * seeds;
  return {
    seeds,
    label: agreed ? most[0] : null,
    mixture,
    because: most === undefined ? null : (reasons.get(most[0]) ?? null),
  };
}

/** null where the interface has no notion of an older value. */
function staleRuns(calm: readonly Sample[]): number | null {
  const verdicts = calm.flatMap(({ levels }) => levels.filter(([level]) => level === REGULAR));
  return verdicts.length === 0 ? null : verdicts.filter(([, one]) => one === 'fail').length;
}

type NamedCell = SeedCell & {
  readonly name: string;
  /** Whether it leaves nobody between the sides. */
  readonly parts: boolean;
};

/** How small the smallest side was. */
function smallestIn(run: Sample | undefined): number {
  const sizes = (run?.spells ?? []).flatMap(({ sides }) => sides.map(({ nodes }) => nodes.length));
  return Math.min(...sizes);
}

/** Of a cell that decides the letter, and of those that would have another. */
function reasonOf(cells: readonly NamedCell[], letter: CellLetter['letter']): string {
  const one = cells.find(({ found }) => found.letter === letter) ?? cells[0];
  if (one === undefined) return 'nothing was cut';
  const from = letter === 'A' ? goesOnFrom(cells) : null;
  const smaller = from === null || from === 1 ? '' : `, on sides of ${from} and more`;
  const stops = cells.find(({ parts, found }) => parts && found.letter === 'C');
  const but =
    letter === 'A' && stops !== undefined ? `; but ${stops.name}: ${stops.found.why}` : '';
  return `${one.name}: ${one.found.why}${smaller}${but}`;
}
