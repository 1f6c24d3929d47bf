/** The five parts that a student is shown of a lost test: what, because, picture, rule, next. */
import { type Exercise, HUNT_SEEDS, type PlainTest, type WrongSolution } from './exercise.ts';
import { groupsOfCode } from './exercise-scenario.ts';
import type { RunOutcome } from './job.ts';
import type { ReadProgram } from './program.ts';
import type { Ended } from './test-process.ts';

export interface Explained {
  readonly what: string | null;
  readonly because: string | null;
  readonly rule: string | null;
  readonly picture: readonly string[];
  /** One command. */
  readonly next: string | null;
  /** What, because and rule, joined. */
  readonly why: string | null;
  /** The hint that helps here, from 1. */
  readonly hint: number | null;
}

export interface LostTest {
  readonly exercise: Exercise;
  readonly test: PlainTest;
  /** The first run that was lost; null if none came to its end. */
  readonly run: RunOutcome | null;
  readonly ended: Ended | null;
  /** What the verdict says, where it is more than one run; else null. */
  readonly words: string | null;
  readonly scenario: string;
  readonly seed: string;
  /** The seed, its times and its names are not for the student. */
  readonly isSecret: boolean;
  /** Whether the student has the file of the scenario. */
  readonly hasScenario: boolean;
  /** All safety tests that were lost. */
  readonly lost: readonly string[];
  /** The submission, where it is in another language. */
  readonly program: ReadProgram | null;
}

export function explain(lost: LostTest): Explained {
  const { exercise, test, run, ended, isSecret, hasScenario } = lost;
  const story = run?.story ?? null;
  const known = signatureOf(lost);
  const rule = test.rule === '' ? null : test.rule;
  const own = lost.words ?? story?.what ?? ended?.words ?? 'It did not hold.';
  const what = isSecret ? secretWords(lost) : own;
  // A prediction was wrong for no fault of the run.
  const isQuiet = isSecret || test.kind === 'predict';
  const reason = isQuiet || story === null || story.because === '' ? null : story.because;
  const because = joined(reason, known?.says || null);
  return {
    what,
    because,
    rule,
    picture: isSecret ? [] : (story?.picture ?? []),
    next: isSecret || !hasScenario ? nextPublic(exercise, lost) : nextRun(exercise, lost),
    why: joined(what, because, rule),
    hint: known?.hint ?? null,
  };
}

function joined(...parts: readonly (string | null)[]): string | null {
  const some = parts.filter((part) => part !== null);
  return some.length === 0 ? null : some.join(' ');
}

/** What the author says of a mistake that loses these tests, and no others. */
function signatureOf({
  exercise,
  lost,
  run,
}: LostTest): Pick<WrongSolution, 'hint' | 'says'> | null {
  if (run?.error?.kind === 'handler' || run?.error?.kind === 'host-global') return null;
  const possible = exercise.wrong.filter(
    ({ loses, may, finding }) =>
      loses.every((id) => lost.includes(id)) &&
      lost.every((id) => loses.includes(id) || may.includes(id)) &&
      (finding === null || (run?.story?.finding ?? '').startsWith(finding)),
  );
  const exact = possible.filter(({ loses }) => loses.length === lost.length);
  const alike = exact.length > 0 ? exact : possible;
  const [first] = alike;
  if (first === undefined || alike.length === 1) return first ?? null;
  // Several mistakes look like this one: nothing says which it is, but one hint may help with all.
  return alike.every(({ hint }) => hint === first.hint) ? { hint: first.hint, says: '' } : null;
}

/** Of a hidden loss only the finding: no seed, no time, no name that the variant alone has. */
function secretWords({ run, ended, test }: LostTest): string {
  if (ended !== null && run === null) return ended.words;
  const finding = run?.story?.finding ?? '';
  if (finding === 'max-events' || finding === 'livelock')
    return 'A hidden run used up its budget of events.';
  if (finding === 'handler' || finding === 'host-global') {
    const place = run?.error?.place ?? null;
    return `A node stopped with an error in a hidden run${place === null ? '' : `, in ${place}`}.`;
  }
  const mistake = test.mistake === '' ? '' : ` (this test looks for: ${test.mistake})`;
  return `A hidden run did not hold \`${finding}\`${mistake}. The public runs of this test hold.`;
}

/** The run to look at: for YAML that of the student's own file, where it is what was run. */
function nextRun(exercise: Exercise, lost: LostTest): string {
  const { submission } = exercise;
  const { scenario, seed, run, ended, test, program } = lost;
  if (test.kind === 'hunt') return `dsim run ${test.file} --seeds 1..${HUNT_SEEDS}`;
  if (test.kind === 'answer') return `dsim run ${test.file} --seed 1`;
  if (run === null && ended?.kind !== 'guard' && test.kind !== 'predict') return 'dsim grade';
  const isOwn = submission.kind === 'yaml' && scenario === test.scenario && test.kind !== 'predict';
  return `dsim run ${isOwn ? test.file : scenario} --seed ${seed}${settingOf(exercise, program)}`;
}

/** The names of hidden files are not for students, and the files are not theirs. */
function nextPublic(exercise: Exercise, { test, program }: LostTest): string {
  const file = exercise.submission.kind === 'yaml' ? test.file : test.scenario;
  return `dsim run ${file} --seeds 1..200${settingOf(exercise, program)}`;
}

/** Puts a program where the scenario names a file of TypeScript. */
function settingOf(exercise: Exercise, program: ReadProgram | null): string {
  if (program === null) return '';
  const [group = ''] = groupsOfCode(exercise);
  return ` --set "nodes.${group}.kind={ exec: [${program.exec.join(', ')}] }"`;
}
