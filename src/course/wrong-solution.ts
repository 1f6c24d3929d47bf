/**
 * A wrong solution as its author keeps it: a file of its own in `.wrong/`, or a `.diff` from the
 * solution. A diff shows the mistake itself, and follows the solution.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Exercise } from './exercise.ts';
import { UsageError } from './usage-error.ts';

/** A folder that holds a wrong solution, and the name of its file in there. */
export interface WrongFiles {
  readonly folder: string;
  readonly file: string;
  close(): void;
}

/** The file in `.wrong/` of this name, relative to the exercise; null if there is none. */
export function wrongFileOf({ folder, submission }: Exercise, name: string): string | null {
  const own = submission.kind === 'code' ? [`.wrong/${name}${extname(submission.file)}`] : [];
  const files = [...own, `.wrong/${name}.diff`];
  return files.find((file) => existsSync(join(folder, file))) ?? null;
}

/** Throws UsageError where there is no such solution, or its diff does not fit the right one. */
export function openWrong(exercise: Exercise, name: string): WrongFiles {
  const { folder, submission } = exercise;
  const file = wrongFileOf(exercise, name);
  if (file === null) throw new UsageError(`there is no .wrong/${name}.diff`);
  if (!file.endsWith('.diff')) {
    return { folder: join(folder, '.wrong'), file: file.slice('.wrong/'.length), close() {} };
  }
  const copy = mkdtempSync(join(tmpdir(), 'dsim-wrong-'));
  const close = () => rmSync(copy, { recursive: true, force: true });
  try {
    cpSync(join(folder, '.solution'), copy, { recursive: true });
    for (const [changed, diff] of filesIn(readFileSync(join(folder, file), 'utf8'))) {
      const path = join(copy, changed ?? submission.file);
      writeFileSync(path, applyDiff(readFileSync(path, 'utf8'), diff, file));
    }
  } catch (error) {
    close();
    throw error;
  }
  return { folder: copy, file: submission.file, close };
}

/** The parts of a diff, each after the line `+++` with its file; else of the only file. */
function filesIn(diff: string): readonly (readonly [file: string | null, diff: string])[] {
  const parts = diff.split(/^\+\+\+ (?:b\/)?(\S+).*\n/m);
  if (parts.length === 1) return [[null, diff]];
  return parts.flatMap((name, i) => (i % 2 === 0 ? [] : [[name, parts[i + 1] ?? ''] as const]));
}

/**
 * A text with the changes of a diff. Of a hunk only its lines count (` `, `-`, `+`), and not where
 * it says that they are: they stand once in the text. Throws UsageError, with the line, if not.
 */
export function applyDiff(text: string, diff: string, called: string): string {
  // With an end of a line before it each line begins after one, the first too.
  let changed = `\n${text}`;
  for (const hunk of hunksOf(diff)) {
    const before = `\n${sideOf(hunk, '-')}`;
    const at = changed.indexOf(before);
    const isOnlyOne = at !== -1 && changed.indexOf(before, at + 1) === -1;
    if (!isOnlyOne) {
      const [, first = ''] = before.split('\n');
      const often = at === -1 ? 'do not stand' : 'stand more than once';
      throw new UsageError(
        `${called}: \`${first.trim()}\` and the lines after it ${often} in the solution`,
      );
    }
    changed = `${changed.slice(0, at)}\n${sideOf(hunk, '+')}${changed.slice(at + before.length)}`;
  }
  return changed.slice(1);
}

/** Runs of lines that belong together; an empty line, or `@@`, ends one. */
function hunksOf(diff: string): readonly (readonly string[])[] {
  const hunks: string[][] = [];
  let open: string[] | null = null;
  for (const line of diff.split('\n')) {
    const counts = /^[-+ ]/.test(line) && !/^(---|\+\+\+) /.test(line);
    if (!counts) {
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      hunks.push(open);
    }
    open.push(line);
  }
  return hunks;
}

function sideOf(hunk: readonly string[], mark: '-' | '+'): string {
  const lines = hunk.filter((line) => line[0] === mark || line[0] === ' ');
  return lines.map((line) => `${line.slice(1)}\n`).join('');
}
