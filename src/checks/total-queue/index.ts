/**
 * `total-queue`: what goes into a queue comes out of it, at least once. The workload makes
 * `enqueue` with the value as its input, `dequeue` with the value as its output, and at the end
 * `drain` with the list of what was left.
 */
import queue from '../../interfaces/queue.ts';
import { checkerLike, consistencyParam, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeTotalQueue } from './total-queue.ts';

/** `exactly-once`: what comes out more often than it was put in is wrong too. */
const consistencies = ['at-least-once', 'exactly-once'] as const;

export const judge = defineJudge({
  name: 'total-queue',
  summary:
    'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.',
  sources: ['Jepsen, checker `total-queue` (jepsen-io/jepsen, checker.clj)'],
  operations: [
    { f: 'enqueue', input: 'the value', output: 'ignored', doc: 'Puts a value in.' },
    {
      f: 'dequeue',
      input: 'null',
      output: 'the value; null: it was empty',
      doc: 'Takes a value out.',
    },
    { f: 'drain', input: 'null', output: 'the list of values', doc: 'Takes out all that is left.' },
  ],
  params: {},
  consistencies,
  judge: (history, _, consistency) =>
    judgeTotalQueue(partsOf(history), {
      checker: 'total-queue',
      exactlyOnce: consistency === 'exactly-once',
    }),
});

export default checkerLike(judge, {
  judges: [queue],
  params: { consistency: consistencyParam(consistencies, 'at-least-once') },
  shorthand: 'consistency',
  judge: (parts, { consistency }) =>
    judgeTotalQueue(parts, { checker: judge.name, exactlyOnce: consistency === 'exactly-once' }),
});
