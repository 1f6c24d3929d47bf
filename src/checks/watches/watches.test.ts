// Watches, as their client sees them.
import { expect, test } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { brief } from '../../../test/support/judging.ts';
import { partsOf } from '../findings/parts.ts';
import { judgeWatches } from './watches.ts';

const judge = (history: string) => judgeWatches(partsOf(told(history)), 'watches');

const WATCH = 'get {"watch": true} -> [7, 3]';
const LOST = 'fail: new-before-event 1';

test.each([
  [
    'an event comes before what is new',
    `0-1 a ${WATCH}\n 4-4 a event -> changed\n 6-7 a get -> [8, 4]`,
    'pass',
  ],
  [
    'what is new comes first',
    `0-1 a ${WATCH}\n 4-5 a get -> [8, 4]\n 6-6 a event -> changed`,
    LOST,
  ],
  ['the event is lost', `0-1 a ${WATCH}\n 4-5 a exists -> 4`, LOST],
  ['the node is gone without an event', `0-1 a ${WATCH}\n 4-5 a exists -> null`, LOST],
  ['nothing is new', `0-1 a ${WATCH}\n 4-5 a get -> [7, 3]`, 'pass'],
  [
    'one that watched for a node sees it made',
    '0-1 a exists {"watch": true} -> null\n 4-5 a exists -> 0',
    LOST,
  ],
  [
    'an event comes with the answer',
    `0-1 a ${WATCH}\n 2-4 a get -> [8, 4]\n 4-4 a event -> changed`,
    'pass',
  ],
  [
    'an event overtakes the answer that set the watch',
    `0-3 a ${WATCH}\n 2-2 a event -> changed\n 4-5 a get -> [8, 4]`,
    'pass',
  ],
  [
    'a watch fires once',
    `0-1 a ${WATCH}\n 2-2 a event -> changed\n 3-4 a get -> [8, 4]\n 5-6 a get -> [9, 5]`,
    'pass',
  ],
  [
    'a read that was under way as the watch was set',
    `0-3 a ${WATCH}\n 2-4 a get -> [8, 4]`,
    'pass',
  ],
  [
    'another client has heard nothing',
    `0-1 a ${WATCH}\n 4-4 b event -> changed\n 6-7 a get -> [8, 4]`,
    LOST,
  ],
  [
    'another node has changed',
    `0-1 a get@x {"watch": true} -> [7, 3]\n 4-5 a get@y -> [8, 4]`,
    'pass',
  ],
  ['a read that had no answer', `0-1 a ${WATCH}\n 4-5? a get`, 'pass'],
  ['nobody watches', '0-1 a get -> [7, 3]\n 4-5 a get -> [8, 4]', 'unknown'],
])('%s: %s', (_, history, verdict) => {
  expect(brief(judge(history))).toBe(verdict);
});

test('it says which read watched, and what was seen', () => {
  expect(judge(`0-1 a ${WATCH}\n 4-5 a exists -> null`)).toMatchObject({
    summary:
      '#1 of a shows no node, though it watched since #0, which showed version 3, and no event had come.',
    evidence: [0, 1],
  });
});
