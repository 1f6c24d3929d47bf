// Identifiers that were given twice.
import { expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import checker, { judge as uniqueIds } from './index.ts';

it('finds each identifier that was given twice, whatever it is', () => {
  const result = ask(
    uniqueIds,
    told(`
      0-1  a  generate -> 7
      0-1  b  generate -> "7"
      2-3  a  generate -> {"ms": 1, "n": 2}
      2-3? b  generate
      4-5  c  generate -> {"n": 2, "ms": 1}
    `),
  );
  expect(brief(result)).toBe('fail: duplicated 1');
  expect(result.evidence).toEqual([2, 4]);
  expect(result.summary).toBe('{"ms":1,"n":2} was given 2 times: #2, #4.');
  expect(result.numbers).toMatchObject({ attemptedCount: 5, acknowledgedCount: 4 });
});

it('passes an empty history as Jepsen does, but holds no expectation by it', () => {
  expect(ask(uniqueIds, [])).toMatchObject({ verdict: 'pass', numbers: { judged: 0 } });
  const facts = emptyFacts([{ name: 'load', workload: 'ids' }]);
  expect(checker.check([], facts).verdict).toBe('unknown');
  expect(checker.check(told('0-1 a generate -> 1'), facts).verdict).toBe('pass');
  // Operations of other loads are none of its business.
  const others = emptyFacts([{ name: 'load', workload: 'register' }]);
  expect(checker.check(told('0-1 a generate -> 1'), others).verdict).toBe('unknown');
});
