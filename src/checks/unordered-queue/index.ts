/**
 * `unordered-queue`: nothing comes out of a queue that was not put in, and no more often. The
 * workload makes `enqueue` with the value as its input, `dequeue` with the value as its output, and
 * perhaps `drain` with the list of what was left.
 */
import queue from '../../interfaces/queue.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeUnorderedQueue } from './unordered-queue.ts';

export const judge = defineJudge({
  name: 'unordered-queue',
  summary: 'A queue out of which comes only what was put in, and no more often; in any order.',
  sources: ['Jepsen, checker `queue` with the unordered queue (jepsen-io/jepsen, checker.clj)'],
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
  consistencies: ['unordered'],
  judge: (history) => judgeUnorderedQueue('unordered-queue', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [queue],
  judge: (parts) => judgeUnorderedQueue(judge.name, parts),
});
