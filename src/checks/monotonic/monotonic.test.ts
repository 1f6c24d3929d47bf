// Values that must not go back.
import { expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as monotonic } from './index.ts';
import { compareStamps } from './monotonic.ts';

const history = told(`
  0-1  a  now -> 5
  2-3  b  now -> 4
  4-5  b  now -> 4
  6-7  a  now -> 5
`);

it('compares the answers of one process', () => {
  expect(brief(ask(monotonic, history))).toBe('pass');
  const back = told('0-1 a read -> 5\n 2-3 a read -> 4');
  const result = ask(monotonic, back);
  expect(brief(result)).toBe('fail: went-back 1');
  expect(result.summary).toBe(
    '#1 answered 4, though #0 of the same process had answered 5 before it was asked.',
  );
});

it('compares all answers in real time', () => {
  expect(brief(ask(monotonic, history, { consistency: 'realtime' }))).toBe('fail: went-back 2');
  expect(brief(ask(monotonic, history, { consistency: 'strict-realtime' }))).toBe(
    'fail: went-back 2, repeated 1',
  );
  // Overlapping answers may come in any order.
  const overlapping = told('0-3 a now -> 5\n 2-4 b now -> 4');
  expect(brief(ask(monotonic, overlapping, { consistency: 'strict-realtime' }))).toBe('pass');
});

it('compares lists by their first difference, and texts', () => {
  expect(compareStamps([1, 9], [2, 0])).toBeLessThan(0);
  expect(compareStamps([1, 9], [1, 9, 0])).toBeLessThan(0);
  expect(compareStamps('0a', '0B')).toBeGreaterThan(0);
  expect(compareStamps(1, '1')).toBeNull();
  expect(ask(monotonic, told('0-1 a read -> 1\n 2-3 b read -> "1"')).verdict).toBe('unknown');
});
