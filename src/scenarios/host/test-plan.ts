/**
 * What `dsim test` has to know of a scenario before it runs: its name and its seeds. The file is
 * read and composed, but not validated: that is done where it runs, with its kinds.
 */
import { nameOf, readSeed } from '../parse.ts';
import { expectationText } from '../sections/expectation-grammar.ts';
import { type Cell, readMatrix } from '../sections/matrix.ts';
import { seedsAsked } from '../sections/over-seeds.ts';
import { readSeeds } from '../sections/seeds.ts';
import { Diagnostics } from '../text/diagnostic.ts';
import { entryOf, valueOf } from '../text/source.ts';
import { readSourceTree } from '../text/source-tree.ts';
import { seedsOf } from '../values/seed-ranges.ts';
import { FileReader } from './file-reader.ts';

export interface TestPlan {
  /** What reports call it. */
  readonly name: string;
  /** Its own. */
  readonly seed: string;
  /** In its order; null: it does not say. */
  readonly seeds: readonly string[] | null;
  /** How many its expectations demand; null: they are about each run by itself. */
  readonly asked: number | null;
  /** The cells of its matrix; one that sets nothing where it has none. */
  readonly cells: readonly Cell[];
}

export interface PlanOptions {
  readonly cwd: string;
  readonly sets: readonly string[];
  readonly without: boolean;
  readonly allowOutside: boolean;
}

/** null for a file that cannot be read: running it says why. */
export function planTest(file: string, options: PlanOptions): TestPlan | null {
  const { cwd, allowOutside, sets, without } = options;
  const tree = readSourceTree(file, new FileReader({ cwd, allowOutside }), { set: sets, without });
  const { root } = tree;
  if (root === null) return null;
  // Complaints are made again, and printed, when it runs.
  const silent = new Diagnostics();
  const ranges = readSeeds(entryOf(root, 'seeds'), silent);
  const name = valueOf(root, 'name');
  const expect = valueOf(root, 'expect');
  const items = expect?.kind === 'list' ? expect.items : [];
  return {
    name: name?.kind === 'scalar' && name.text !== '' ? name.text : nameOf(tree.entry),
    seed: readSeed(root, silent),
    seeds: ranges === null ? null : seedsOf(ranges),
    cells: readMatrix(entryOf(root, 'matrix'), silent) ?? [[]],
    asked: seedsAsked(items.flatMap((item) => expectationText(item)?.text ?? [])),
  };
}
