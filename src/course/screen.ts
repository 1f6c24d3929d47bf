/** A grade as a student sees it in the terminal. */
import type { Ink } from '../report/ink.ts';
import { paragraph } from '../report/layout.ts';
import { shellWord } from '../sim/visible-text.ts';
import type { Exercise } from './exercise.ts';
import type { Grade, TestGrade } from './grade.ts';

/** Where the next command is typed. */
export interface Place {
  /** How a shell starts this dsim. */
  readonly dsim: string;
  /** The folder of the exercise, as seen from there; empty if it is that folder. */
  readonly folder: string;
}

/** Every line of the screen. */
export function renderGrade(
  grade: Grade,
  exercise: Exercise,
  place: Place,
  ink: Ink,
): readonly string[] {
  const { points, max, reason, tests } = grade;
  const head = `${ink.strong(`${exercise.number} ${exercise.name}`.trim())}   ${points} of ${max}`;
  if (reason !== null) {
    const next = `Put it right, then: ${pasted('dsim grade', place)}`;
    return [head, ...paragraph(ink.bad(ink.clean(reason)), ink.width, '  '), `  ${next}`];
  }
  // The first that was lost is the one to work on; the others would be noise.
  const lost = tests.filter(
    ({ status }) => status === 'lost' || status === 'error' || status === 'guard',
  );
  const first = lost.find(({ kind }) => kind !== 'cost');
  const nextOne = `  ${ink.strong('next:')} ${place.dsim} learn`;
  return [
    head,
    ...paragraph(tests.map((test) => mark(test, ink)).join('  '), ink.width, '  '),
    ...(first === undefined
      ? costsLeft(exercise, tests, ink)
      : ['', ...renderLost(first, place, ink)]),
    ...(points === max && lost.length === 0
      ? ['', `  ${ink.good(exercise.teaches)}`, nextOne]
      : []),
  ];
}

/** What a cost must come down to for the points that are missing. */
function costsLeft({ tests }: Exercise, grades: readonly TestGrade[], ink: Ink): readonly string[] {
  return tests.flatMap((test) => {
    const { measured = null, points = 0 } = grades.find(({ id }) => id === test.id) ?? {};
    if (test.kind !== 'cost' || measured === null) return [];
    const better = test.tiers.find(([, worth]) => worth > points);
    if (better === undefined) return [];
    const [bound, worth] = better;
    const line = `${test.cost} is ${measured}: at most ${bound} is worth ${worth} points.`;
    return paragraph(ink.clean(line), ink.width, '  ');
  });
}

function mark({ id, kind, points, max, status, measured }: TestGrade, ink: Ink): string {
  const { glyph } = ink;
  if (kind === 'cost') {
    if (status === 'skipped') return ink.dim(`${glyph.separator} ${id} -/${max}`);
    const value = measured === null ? '' : ` (${ink.clean(measured)})`;
    return `${points === max ? ink.good(glyph.held) : ink.warn(glyph.held)} ${id} ${points}/${max}${value}`;
  }
  if (status === 'skipped') return ink.dim(`${glyph.separator} ${id} -/${max}`);
  if (status === 'won') return `${ink.good(glyph.held)} ${id} ${max}`;
  return `${ink.bad(glyph.violated)} ${id} ${max}`;
}

/** The command that repeats the first run that was lost; null: none was. */
export function nextCommand({ tests }: Grade, place: Place): string | null {
  const next = tests.find((test) => test.next !== null)?.next ?? null;
  return next === null ? null : pasted(next, place);
}

function renderLost(test: TestGrade, place: Place, ink: Ink): readonly string[] {
  const { id, what, because, picture, rule, next, hint, lostOn, seeds } = test;
  const which = lostOn === 'hidden' ? 'a hidden seed, of' : `seed ${lostOn} of`;
  const on = lostOn === null || seeds < 2 ? '' : `  ${which} ${seeds}`;
  const text = (words: string | null) =>
    words === null ? [] : paragraph(ink.clean(words), ink.width, '  ');
  return [
    `${ink.bad(`${ink.glyph.violated} ${id}`)}${on}`,
    ...text(what),
    ...text(because),
    ...(picture.length === 0 ? [] : ['', ...picture.map((line) => `    ${ink.clean(line)}`), '']),
    ...text(rule === null ? null : `Rule: ${rule}`),
    ...(hint === null ? [] : [`  A hint that helps: hint ${hint} in hints.md`]),
    ...(next === null ? [] : [`  ${ink.strong('next:')} ${ink.clean(pasted(next, place))}`]),
  ];
}

/**
 * A command of a grade, which names nothing of a machine, as it runs in this folder: `dsim run
 * cut.yaml --seed 7` of an exercise is `dsim run 03-gossip/cut.yaml --seed 7` beside it.
 */
function pasted(command: string, { dsim, folder }: Place): string {
  const [, verb = '', file = '', ...rest] = command.split(' ');
  const path = folder === '' ? file : `${folder}/${file}`.replace(/\/$/, '');
  // Of a program `--set` names files too.
  const more = rest.map((word) =>
    folder !== '' && /\.(?:py|rb|go)[,\]]/.test(word) ? `${folder}/${word}` : word,
  );
  const words = [verb, ...(path === '' ? [] : [shellWord(path)]), ...more];
  return `${dsim} ${words.join(' ')}`;
}
