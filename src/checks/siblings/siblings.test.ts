// Values side by side: none vanishes, and none stands beside what has replaced it.
import { expect, test } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { brief } from '../../../test/support/judging.ts';
import { partsOf } from '../findings/parts.ts';
import { judgeSiblingSets } from './siblings.ts';

const judge = (history: string) => judgeSiblingSets(partsOf(told(history)), 'siblings');

test.each([
  ['side by side', '0-1 a put 1\n 0-1 b put 2\n 4-5 c get -> [1, 2]', 'pass'],
  ['gone', '0-1 a put 1\n 2-3 b put 2\n 4-5 c get -> [2]', 'fail: lost-write 1'],
  ['replaced', '0-1 a put 1\n 2-3 b get -> [1]\n 4-5 b put 2\n 6-7 c get -> [2]', 'pass'],
  [
    'beside what replaced it',
    '0-1 a put 1\n 2-3 b get -> [1]\n 4-5 b put 2\n 6-7 c get -> [1, 2]',
    'fail: false-sibling 1',
  ],
  [
    'beside what its own writer wrote next',
    '0-1 a put 1\n 2-3 a put 2\n 6-7 c get -> [2, 1]',
    'fail: false-sibling 1',
  ],
  // A put that never happened is in no context.
  ['beside one that was refused', '0-1! a put 1\n 2-3 a put 2\n 6-7 c get -> [2]', 'pass'],
  [
    'beside it in the middle of a run',
    '0-1 a put 1\n 2-3 a put 2\n 4-5 c get -> [2, 1]\n 6-7 c put 3\n 8-9 d get -> [3]',
    'fail: false-sibling 1',
  ],
  [
    'of another key',
    '0-1 a put@x 1\n 2-3 a put@y 2\n 4-5 c get@x -> [1]\n 4-5 c get@y -> [2]',
    'pass',
  ],
  ['that nobody wrote', '0-1 a put 1\n 6-7 c get -> [1, 9]', 'fail: from-nowhere 1'],
  ['that was deleted', '0-1 a put 1\n 2-3 a delete\n 6-7 c get -> []', 'pass'],
  ['that nobody read at last', '0-1 a put 1', 'unknown'],
])('a value %s: %s', (_, history, verdict) => {
  expect(brief(judge(history))).toBe(verdict);
});

test('it says who had seen what', () => {
  expect(judge('0-1 a put 1\n 2-3 a put 2\n 6-7 c get -> [2, 1]')).toMatchObject({
    summary: '#2 read [2,1], but whoever put 2 (#1) had seen 1 (#0) before.',
    evidence: [0, 1, 2],
  });
});
