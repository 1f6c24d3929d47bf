/** Scenarios of an exercise as they are on disk. */
import { join } from 'node:path';
import { FileReader } from '../scenarios/host/file-reader.ts';
import { renderDiagnostics } from '../scenarios/text/diagnostic.ts';
import { valueOf } from '../scenarios/text/source.ts';
import { readSourceTree, type SourceTree } from '../scenarios/text/source-tree.ts';
import type { Exercise } from './exercise.ts';
import { UsageError } from './usage-error.ts';

/** The composed tree of a scenario of the exercise. Throws UsageError if it cannot be read. */
export function readExerciseFile(folder: string, scenario: string): SourceTree {
  const tree = readSourceTree(
    join(folder, scenario),
    new FileReader({ cwd: folder, allowOutside: true }),
  );
  if (tree.root === null) {
    throw new UsageError(renderDiagnostics(tree.diagnostics.list(), { subject: scenario }));
  }
  return tree;
}

/** The groups that run the student's file. */
export function groupsOfCode({ folder, submission, tests }: Exercise): readonly string[] {
  const nodes = valueOf(readExerciseFile(folder, tests[0]?.scenario ?? '').root, 'nodes');
  if (nodes?.kind !== 'map') return [];
  return nodes.entries.flatMap(({ key, value }) => {
    const kind = valueOf(value, 'kind');
    return kind?.kind === 'scalar' && kind.text === `./${submission.file}` ? [key] : [];
  });
}
