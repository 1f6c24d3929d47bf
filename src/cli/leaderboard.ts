/** `dsim leaderboard`: a folder of `grade.json` files, ranked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type RankedGrade, rank } from '../course/leaderboard.ts';
import { Console, UsageError } from './console.ts';
import { HELD, NOTHING_RAN } from './exit-codes.ts';
import type { Host } from './host.ts';
import type { LookOptions } from './terminal.ts';

export async function leaderboardCommand(
  folder: string,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const console = new Console(host, looks);
  const { ink } = console;
  const { exercise, columns, rows } = rank(gradesIn(resolve(host.cwd, folder)));
  if (rows.length === 0) {
    console.note('no grade here wins all tests of an exercise with measures to rank by');
    return NOTHING_RAN;
  }
  console.print(
    `${ink.strong(ink.clean(exercise))}   ${columns.map((name) => ink.clean(name)).join(' · ')}\n`,
  );
  for (const { rank: place, pseudonym, values } of rows) {
    const cells = values.map((value) => ink.clean(value)).join(' · ');
    console.print(`${String(place).padStart(4)}  ${pseudonym.padEnd(24)}  ${cells}\n`);
  }
  return HELD;
}

/** Every `.json` of the folder, and of folders in it, that is a grade. */
function gradesIn(folder: string): readonly RankedGrade[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^(?!.*node_modules).*\.json$/.test(name),
    );
  } catch {
    throw new UsageError(`there is no folder ${folder}`);
  }
  return [...names].sort((a, b) => (a < b ? -1 : 1)).flatMap((name) => gradeIn(join(folder, name)));
}

function gradeIn(file: string): readonly RankedGrade[] {
  try {
    const { format, exercise, submission, leaderboard } = JSON.parse(readFileSync(file, 'utf8'));
    return format === 'dsim-grade' ? [{ exercise, submission, leaderboard }] : [];
  } catch {
    return [];
  }
}
