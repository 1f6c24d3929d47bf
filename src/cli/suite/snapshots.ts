/** The files of recorded outcomes, beside the scenarios of a test. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  changesOf,
  EMPTY,
  formatOutcomes,
  type Outcomes,
  readOutcomes,
  recorded,
  withChanges,
} from '../../report/suite/outcomes.ts';
import type { TestedRun } from '../../report/suite/suite.ts';
import { outputError } from '../../scenarios/host/descriptor-writer.ts';
import { writeWhole } from '../../scenarios/host/whole-file.ts';
import { hash64 } from '../../sim/kernel/hash.ts';
import { UsageError } from '../console.ts';
import type { Subject } from './subjects.ts';

const ENDING = '.outcomes.json';
/** Of the 255 bytes that a file system allows for a name. */
const CELL_CHARS_MAX = 100;

/** Throws UsageError for a file that is there and holds no outcomes. */
export class Snapshots {
  private readonly known = new Map<string, Outcomes>();
  private readonly cwd: string;

  constructor(subjects: readonly Subject[], cwd: string) {
    this.cwd = cwd;
    for (const subject of subjects) {
      const shown = fileOf(subject);
      const file = resolve(cwd, shown);
      if (!existsSync(file)) continue;
      const outcomes = readOutcomes(readFileSync(file, 'utf8'));
      if (typeof outcomes === 'string') {
        throw new UsageError(`${shown} holds no outcomes: ${outcomes}; take it away, or mend it`);
      }
      this.known.set(subject.key, outcomes);
    }
  }

  /** The run, which has changed if its seed was recorded otherwise. */
  compare({ key }: Subject, run: TestedRun): TestedRun {
    const known = this.known.get(key);
    return known === undefined ? run : withChanges(run, changesOf(known, run));
  }

  /** Writes the outcomes of these runs; returns the file, or why it could not be written. */
  record(
    subject: Subject,
    runs: readonly TestedRun[],
  ): { readonly file: string } | { readonly why: string } {
    const shown = fileOf(subject);
    const file = resolve(this.cwd, shown);
    try {
      writeWhole(file, formatOutcomes(recorded(this.known.get(subject.key) ?? EMPTY, runs)));
      return { file: shown };
    } catch (error) {
      return { why: outputError(shown, error).message };
    }
  }
}

/**
 * `partition.outcomes.json` of `partition.yaml`, `partition.dsim.outcomes.json` of
 * `partition.dsim.yaml`; of a cell of a matrix `partition.nodes.kv.count=5.outcomes.json`. Two
 * scenarios in one folder, and two cells, never share one.
 */
function fileOf({ path, cells }: Subject): string {
  const name = path.file.replace(/\.yaml$/, '');
  if (cells.length === 0) return `${name}${ENDING}`;
  const cell = cells.map(([key, value]) => encoded(`${key}=${value}`)).join(',');
  const short =
    cell.length > CELL_CHARS_MAX ? `${cell.slice(0, CELL_CHARS_MAX)}~${hash64(cell)}` : cell;
  return `${name}.${short}${ENDING}`;
}

/** What stands in the name of a file as it is; the rest as in a URL. */
function encoded(text: string): string {
  return text.replace(/%(?=[\dA-F]{2})|[^\w.=%+-]/giu, encodeURIComponent);
}
