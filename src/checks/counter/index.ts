/**
 * `counter`: every read of a counter lies between what was surely and what was possibly added. The
 * workload makes `add` with a number, not negative, as its input and `read` with the number as its
 * output.
 */

import counter from '../../interfaces/counter.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeCounter } from './counter.ts';

export const judge = defineJudge({
  name: 'counter',
  summary:
    'A counter that only grows: each read lies between what was surely and what was possibly added.',
  sources: ['Jepsen, checker `counter` (jepsen-io/jepsen, checker.clj)'],
  operations: [
    { f: 'add', input: 'a number, not negative', output: 'ignored', doc: 'Adds to the counter.' },
    { f: 'read', input: 'null', output: 'the number', doc: 'Reads the counter.' },
  ],
  params: {},
  consistencies: ['bounds'],
  judge: (history) => judgeCounter('counter', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [counter],
  judge: (parts) => judgeCounter(judge.name, parts),
});
