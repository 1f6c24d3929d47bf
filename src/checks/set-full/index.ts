/**
 * `set-full`: no element that was known is ever lost, by reads made all the time. The workload
 * makes `add` (or `broadcast`) with the element as its input and `read` whose output is the list of
 * all elements.
 */

import broadcast from '../../interfaces/broadcast.ts';
import set from '../../interfaces/set.ts';
import { checkerLike, consistencyParam, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { addNameIn, judgeSetFull } from './judge-set-full.ts';

/** `linearizable`: a read that misses a known element is wrong even if a later one shows it. */
const consistencies = ['eventual', 'linearizable'] as const;

export const judge = defineJudge({
  name: 'set-full',
  summary:
    'A set that is read all the time: no element that was known is lost; how long each took to stay.',
  sources: ['Jepsen, checker `set-full` (jepsen-io/jepsen, checker.clj)'],
  operations: [
    {
      f: 'add',
      input: 'the element',
      output: 'ignored',
      doc: 'Adds an element, unique; `broadcast` is the same.',
    },
    { f: 'read', input: 'null', output: 'the list of all elements', doc: 'Reads the whole set.' },
    {
      f: 'remove',
      input: 'the element',
      output: 'ignored',
      doc: 'Reads that ended later say nothing of it.',
    },
    { f: 'contains', input: 'the element', output: 'true or false', doc: 'Is passed over.' },
  ],
  params: {},
  consistencies,
  judge(history, _, consistency) {
    const parts = partsOf(history);
    return judgeSetFull(parts, {
      checker: 'set-full',
      add: addNameIn(parts),
      linearizable: consistency === 'linearizable',
    });
  },
});

export default checkerLike(judge, {
  judges: [set, broadcast],
  params: { consistency: consistencyParam(consistencies, 'eventual') },
  shorthand: 'consistency',
  judge: (parts, { consistency }) =>
    judgeSetFull(parts, {
      checker: judge.name,
      add: addNameIn(parts),
      linearizable: consistency === 'linearizable',
    }),
});
