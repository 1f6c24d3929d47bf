/** `dsim check --model unordered-queue`: see `queues/unordered-queue.ts`. */
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeUnorderedQueue } from '../queues/unordered-queue.ts';

export default defineJudge({
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
  ],
  params: {},
  consistencies: ['unordered'],
  judge: (history) => judgeUnorderedQueue('unordered-queue', partsOf(history)),
});
