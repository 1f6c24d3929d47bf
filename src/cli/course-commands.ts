/** The commands of the course and their options. What they do is loaded when they are called. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseCount } from './arguments.ts';
import type { Acting } from './flags.ts';
import type { GradeFlags } from './grade.ts';
import type { Host } from './host.ts';
import type { LearnFlags } from './learn.ts';

export function addLearn(program: Command, host: Host, act: Acting): void {
  program
    .command('learn')
    .summary('list the exercises, or start one')
    .description(
      'Lists exercises; with a name or number, writes one to work on. Overwrites nothing.',
    )
    .argument('[exercise]', 'its number or name; with --watch, the folder')
    .option('--watch', 'grade at every save')
    .option('--export <folder>', 'write all exercises, without solutions and hidden variants')
    .option('--new <name>', 'write the skeleton of an exercise of your own')
    .action(async (word: string | undefined, flags: LearnFlags) => {
      await act(async (looks) =>
        (await import('./learn.ts')).learnCommand(word, flags, looks, host),
      );
    });
}

export function addGrade(program: Command, host: Host, act: Acting): void {
  program
    .command('grade')
    .summary('grade a solution')
    .description('Grades a solution of an exercise. The same solution has the same grade anywhere.')
    .argument('[folder]', 'where the solution is (default: this folder)')
    .optionsGroup('What to grade:')
    .option('--test <id>', 'only this test')
    .option('--exercise <name>', 'the exercise, or its folder (default: by the folder)')
    .option('--jobs <n>', 'tests at a time (default: one for each core)', parseCount)
    .option('--isolate', 'no network for a solution, by Linux namespaces; refuse to grade without')
    .optionsGroup('With a key:')
    .option('--key-file <file>', 'the key of hidden seeds and variants; or DSIM_GRADE_KEY')
    .option('--student <id>', 'hidden seeds of this student alone')
    .option('--reveal', 'tell hidden failures with their seeds: after the deadline')
    .optionsGroup('What to write:')
    .option('-o, --output <file>', 'a file; repeatable, each with its --format', collect)
    .option(
      '--format <format>',
      'dsim, gradescope, exercism, classroom50, junit, csv or md; alone: to standard output',
      collect,
    )
    .option('--fail-under <percent>', 'end with 1 below this share of the points', parsePercent)
    .optionsGroup('For authors:')
    .option('--check <exercise>', 'prove that the solution holds and each wrong one loses its test')
    .option(
      '--pack <tool>',
      'write the files of gradescope, actions, exercism or classroom50 around an exercise',
    )
    .option('--seal <word>', 'print a word so that nobody can read it: for `bug:` and `is:`')
    .option('--seeds <n>', 'with --check: how many seeds (default: 100)', parseCount)
    .action(async (folder: string | undefined, flags: GradeFlags) => {
      await act(async (looks) =>
        (await import('./grade.ts')).gradeCommand(folder, flags, looks, host),
      );
    });
  program
    .command('grade-test', { hidden: true })
    .description('Runs one test of a grading; for dsim itself.')
    .argument('[role]')
    .action(async (role: string | undefined) => {
      await act(async () => (await import('./grade-test.ts')).gradeTestCommand(role));
    });
}

export function addLeaderboard(program: Command, host: Host, act: Acting): void {
  program
    .command('leaderboard')
    .summary('rank grades, under pseudonyms')
    .description('Ranks the grade.json files of a folder, of those who hold all safety tests.')
    .argument('<folder>', 'where the files are')
    .action(async (folder: string) => {
      await act(async (looks) =>
        (await import('./leaderboard.ts')).leaderboardCommand(folder, looks, host),
      );
    });
}

function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** Throws commander's error for what is no share. */
function parsePercent(text: string): number {
  const percent = Number(text.replace(/%$/, ''));
  if (text.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError('expected a number from 0 to 100');
}
