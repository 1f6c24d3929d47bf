/** From an exercise, a submission and seeds to the job of a test's process. */
import { join, relative } from 'node:path';
import { kindsNamed } from '../scenarios/sections/catalogue.ts';
import { type SourceNode, valueOf } from '../scenarios/text/source.ts';
import type { SourceTree } from '../scenarios/text/source-tree.ts';
import type { Exercise, ExerciseTest } from './exercise.ts';
import { readExerciseFile } from './exercise-scenario.ts';
import type { Job, RunOutcome, RunSpec, SubmittedProgram } from './job.ts';
import { linesOfGuess } from './predict.ts';
import { type BundleText, bundleSubmission } from './sandbox/bundle.ts';
import type { ReadCode } from './submission.ts';
import { ownPath } from './trial.ts';
import { UsageError } from './usage-error.ts';

/** A scenario of a test, and the seeds that it runs under. */
export interface Variant {
  /** Relative to the exercise: `cut.yaml`, `.hidden/cut-5.yaml`. */
  readonly scenario: string;
  readonly seeds: readonly string[];
  readonly isHidden: boolean;
}

export interface Composed {
  readonly job: Omit<Job, 'nonce'>;
  /** Of each run of the job: its variant. */
  readonly variants: readonly Variant[];
}

export interface Parts extends ReadCode {
  readonly exercise: Exercise;
  readonly test: ExerciseTest;
  readonly variants: readonly Variant[];
  /** The file that `import … from 'dsim'` stands for. */
  readonly library: string;
  readonly lossesMax: number;
}

/** Throws UsageError where the exercise itself is wrong. */
export async function composeJob(parts: Parts): Promise<Composed> {
  const { exercise, variants } = parts;
  const files: { [name: string]: string } = {};
  const kinds: { [path: string]: BundleText } = {};
  const runs: RunSpec[] = [];
  const runVariants: Variant[] = [];
  for (const variant of variants) {
    const tree = readExerciseFile(exercise.folder, variant.scenario);
    for (const { name, text } of tree.files) files[relative(exercise.folder, name)] = text;
    const entry = `${variant.scenario.replace(/\.yaml$/, '')}.graded.yaml`;
    files[entry] = graded(variant.scenario, tree, parts);
    await addKinds(kinds, tree, parts);
    for (const seed of variant.seeds) {
      runs.push({ entry, seed });
      runVariants.push(variant);
    }
  }
  const { budget } = exercise;
  const { program, lossesMax } = parts;
  const programs = program === undefined ? {} : { programs: programsOf(program, exercise) };
  return {
    job: { files, kinds, ...programs, runs, budget, lossesMax },
    variants: runVariants,
  };
}

function programsOf(
  { file, words, folder, isIsolated }: SubmittedProgram,
  { submission }: Exercise,
): NonNullable<Job['programs']> {
  return { [submission.file]: { file, words, folder, isIsolated } };
}

/**
 * The scenario with what the student's file changes, and the lines that the grader adds: JSON is
 * YAML. A prediction is of the scenario as it was given, and alone decides.
 */
function graded(scenario: string, tree: SourceTree, { test, answers }: Parts): string {
  const base = { extends: scenario.replace(/^.*\//, '') };
  const file = answers.get(test.file);
  if (test.kind === 'predict') {
    return JSON.stringify({ ...base, expect: linesOfGuess(test.question, file?.words ?? {}) });
  }
  const expect = [...linesOf(valueOf(tree.root, 'expect')), ...linesOfTest(test)];
  return JSON.stringify({ ...file?.overlay, ...base, expect }, null, 2);
}

function linesOf(node: SourceNode | null): readonly string[] {
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
}

/** Each tier is an expectation, so that bounds have the units that the language has. */
export function linesOfTest(test: ExerciseTest): readonly string[] {
  if (test.kind === 'safety') return test.floor;
  return test.kind === 'cost' ? test.tiers.map(([bound]) => tierLine(test.cost, bound)) : [];
}

export function tierLine(cost: string, bound: string): string {
  return `${cost} <= ${bound}`;
}

export function tierHeld(cost: string, bound: string, { judged }: RunOutcome): boolean {
  const line = tierLine(cost, bound);
  return judged.some(({ text, state }) => text === line && state === 'held');
}

/** The student's file where a scenario names it, the exercise's own files elsewhere. */
async function addKinds(
  kinds: { [path: string]: BundleText },
  tree: SourceTree,
  parts: Parts,
): Promise<void> {
  const { exercise, code, program, library } = parts;
  for (const kind of kindsNamed(tree).own) {
    const path = ownPath(relative(exercise.folder, kind.spot.file.name), kind.text);
    if (kinds[path] !== undefined) continue;
    if (program !== undefined && exercise.submission.file === path) continue;
    if (code !== null && exercise.submission.file === path) {
      kinds[path] = code;
      continue;
    }
    const file = join(exercise.folder, path);
    const made = await bundleSubmission(file, exercise.folder, library);
    if ('reason' in made) throw new UsageError(`${path}: ${made.reason}`);
    kinds[path] = made;
  }
}
