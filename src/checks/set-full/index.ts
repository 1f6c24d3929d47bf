/**
 * `set-full`: no element that was known is ever lost, by reads made all the time. The workload
 * makes `add` (or `broadcast`) with the element as its input and `read` whose output is the list of
 * all elements.
 */

import { checkerOver, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { addNameIn, judgeSetFull } from './judge-set-full.ts';

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
  ],
  params: {},
  /** `linearizable`: a read that misses a known element is wrong even if a later one shows it. */
  consistencies: ['eventual', 'linearizable'],
  judge(history, _, consistency) {
    const parts = partsOf(history);
    return judgeSetFull(parts, {
      checker: 'set-full',
      add: addNameIn(parts),
      linearizable: consistency === 'linearizable',
    });
  },
});

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['set', 'broadcast'],
  judge: (parts) => judgeSetFull(parts, { checker: name, add: addNameIn(parts) }),
});
