/** Predictions, answers, hunts, and wrong solutions that are kept as diffs: without any run. */
import { describe, expect, test } from 'vitest';
import type { AnswerTest, HuntTest, Question } from '../../src/course/exercise.ts';
import type { RunOutcome } from '../../src/course/job.ts';
import { linesOfGuess, noGuess, wrongGuess } from '../../src/course/predict.ts';

import type { Answers } from '../../src/course/submission.ts';
import { verdictOf, verdictWithoutRuns } from '../../src/course/verdict.ts';
import { applyDiff } from '../../src/course/wrong-solution.ts';
import { seal } from '../../src/scenarios/values/sealed.ts';

const head = { points: 10, hidden: [], rule: '', task: null, file: 'a.yaml', gate: false };
const hunt: HuntTest = {
  ...head,
  kind: 'hunt',
  id: 'caught',
  mistake: '',
  scenario: 'bug.yaml',
  sound: 'sound.yaml',
  atLeast: 0.25,
  faultsMax: 2,
};
const answer: AnswerTest = {
  ...head,
  kind: 'answer',
  id: 'named',
  mistake: '',
  scenario: 'bug.yaml',
  key: 'x-bug',
  is: seal('vote-twice', 9),
};

const said = (words: object, overlay: object = {}): ReadonlyMap<string, Answers> =>
  new Map([['a.yaml', { words, overlay } as Answers]]);

const variant = (scenario: string) => ({ scenario, seeds: [], isHidden: false });
const outcome = (state: RunOutcome['state'], index: number): RunOutcome => ({
  index,
  state,
  events: 1,
  digest: '',
  messages: 0,
  bytes: 0,
  judged: [],
  error: null,
  story: null,
});

/** One run of the sound scenario, then these of the one with the bug. */
function hunted(sound: RunOutcome['state'], ...states: readonly RunOutcome['state'][]) {
  const outcomes = [sound, ...states].map(outcome);
  const variants = outcomes.map((_each, i) => variant(i === 0 ? 'sound.yaml' : 'bug.yaml'));
  return verdictOf(hunt, { outcomes, ended: null }, variants, said({}));
}

test('a bug is caught on a quarter of the seeds, and not before', () => {
  expect(hunted('held', 'violated', 'held', 'held', 'held').isWon).toBe(true);
  const { isWon, words } = hunted('held', 'violated', 'held', 'held', 'held', 'held');
  expect([isWon, words]).toEqual([false, 'The bug showed on 1 of 5 seeds; it must on 2.']);
});

test('what is unknown or never exercised catches nothing', () => {
  expect(hunted('held', 'unknown', 'never exercised').isWon).toBe(false);
});

test('faults that break the sound system too win nothing', () => {
  const { isWon, words } = hunted('violated', 'violated');
  expect([isWon, words]).toEqual([
    false,
    expect.stringContaining('the system without a bug fails too'),
  ]);
});

test('a hunt that was cut short is lost', () => {
  const outcomes = [outcome('held', 0), outcome('violated', 1)];
  const variants = ['sound.yaml', 'bug.yaml', 'bug.yaml'].map(variant);
  expect(verdictOf(hunt, { outcomes, ended: null }, variants, said({})).isWon).toBe(false);
});

test('more faults than are allowed are refused before any run', () => {
  expect(verdictWithoutRuns(hunt, said({}, { faults: [1, 2] }))).toBeNull();
  expect(verdictWithoutRuns(hunt, said({}, { faults: [1, 2, 3] }))?.words).toContain('3 faults');
});

test('a name is right, wrong, or not given', () => {
  const wordsOf = (words: object) => verdictWithoutRuns(answer, said(words))?.words;
  expect(verdictWithoutRuns(answer, said({ 'x-bug': 'vote-twice' }))?.isWon).toBe(true);
  expect(wordsOf({ 'x-bug': 'no-dedup' })).toBe('`x-bug: no-dedup` is not it.');
  expect(wordsOf({ 'x-bug': null })).toBe('`x-bug` has no answer yet.');
  expect(wordsOf({ 'x-bug': answer.is })).toContain('is not it');
});

const latency: Question = { key: 'x-p50', measure: 'p50(read)', within: 0.25 };
const choice: Question = { key: 'x-who', choices: { yes: 'a > 1', no: 'a <= 1' } };

test('a guess becomes the lines that hold if what is measured is near it', () => {
  expect(linesOfGuess(latency, { 'x-p50': '10ms' })).toEqual([
    'p50(read) >= 8ms',
    'p50(read) <= 13.333333ms',
  ]);
  expect(linesOfGuess(latency, { 'x-p50': 0 })).toEqual(['p50(read) <= 0']);
  expect(linesOfGuess(choice, { 'x-who': 'no' })).toEqual(['a <= 1']);
});

test.each([
  [latency, {}, '`x-p50` has no answer yet.'],
  [latency, { 'x-p50': 'soon' }, 'is a number with its unit'],
  [latency, { 'x-p50': '1ms\n- felt' }, 'is a number with its unit'],
  [choice, { 'x-who': 'toString' }, '`x-who` is one of yes, no.'],
])('what is no guess is said so: %j %j', (question, words, problem) => {
  expect(noGuess(question, words)).toContain(problem);
});

test('a diff changes the lines that stand once in the solution, and no others', () => {
  const text = 'one\n  two\nthree\ntwo\n';
  expect(applyDiff(text, '-  two\n+  2\n\n one\n+and a half\n', 'x.diff')).toBe(
    'one\nand a half\n  2\nthree\ntwo\n',
  );
  expect(() => applyDiff('two\ntwo\n', '-two\n', 'x.diff')).toThrow(
    'x.diff: `two` and the lines after it stand more than once in the solution',
  );
  expect(() => applyDiff(text, '-four\n', 'x.diff')).toThrow('do not stand');
});

describe('what is said of a wrong prediction', () => {
  const run = (measured: string): RunOutcome => ({
    ...outcome('violated', 0),
    judged: [
      { text: 'p50(read) >= 9ms', state: 'held', measured },
      { text: 'p50(read) <= 11ms', state: 'violated', measured },
    ],
  });

  test('a number: what the run shows', () => {
    const question = { key: 'x-p50', measure: 'p50(read)', within: 0.1 };
    expect(wrongGuess(question, { 'x-p50': '10ms' }, run('14ms'))).toBe(
      '`x-p50: 10ms` is not near enough: p50(read) was 14ms.',
    );
  });

  test('a word: the line that did not hold', () => {
    const question = { key: 'x-who', choices: { yes: 'stale reads > 0%' } };
    expect(wrongGuess(question, { 'x-who': 'yes' }, run('0%'))).toBe(
      '`x-who: yes` is not it: p50(read) <= 11ms, but it was 0%.',
    );
  });

  test('nothing of a run that held', () => {
    expect(wrongGuess({ key: 'x', measure: 'm', within: 0.1 }, {}, outcome('held', 0))).toBeNull();
  });
});
