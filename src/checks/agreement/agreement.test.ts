// One value a key, and one that was proposed.
import { expect, test } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import checker, { judge } from './index.ts';

const verdict = (text: string) => ask(judge, told(text));

test('everybody hears the same value', () => {
  const result = verdict(`
    0-5  a  propose 1 -> 2
    1-3  b  propose 2 -> 2
    6-7  c  propose 3 -> 2
    8-9? d  propose 4
  `);
  expect(result.summary).toBe('All 3 answers on 1 key agree, 1 key with more than one.');
  expect(result.verdict).toBe('pass');
});

test('two values are chosen', () => {
  const result = verdict(`
    0-5  a  propose 1 -> 1
    1-3  b  propose 2 -> 2
    6-7  c  propose 3 -> 2
  `);
  expect(brief(result)).toBe('fail: disagreement 1');
  expect(result.summary).toBe('#0 heard that 1 is chosen, #1 that 2 is.');
  expect(result.evidence).toEqual([0, 1]);
});

test('a value that nobody proposed, or only later, is invented', () => {
  expect(verdict('0-1 a propose 1 -> 7').summary).toBe(
    '#0 heard that 7 is chosen, which nobody had proposed.',
  );
  const late = `
    0-1  a  propose 1 -> 2
    2-3  b  propose 2 -> 2`;
  expect(brief(verdict(late))).toBe('fail: never-proposed 1');
  // Proposed by somebody who never heard an answer.
  const open = `
    0-9? b  propose 2
    1-2  a  propose 1 -> 2`;
  expect(verdict(open).verdict).toBe('pass');
});

test('no answer is nothing to judge', () => {
  const facts = emptyFacts([{ name: 'load', workload: 'propose' }]);
  expect(checker.check([], facts).verdict).toBe('unknown');
  expect(checker.check(told('0-9? a propose 1'), facts).verdict).toBe('unknown');
});
