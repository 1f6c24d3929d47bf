/**
 * `pn-counter`: at last every node reads the sum of all acknowledged adds and of some of the
 * uncertain ones. The workload makes `add` with an integer as its input and `read` with the integer
 * as its output; reads after the last add are final.
 */

import counter from '../../interfaces/counter.ts';
import pnCounter from '../../interfaces/pn-counter.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgePnCounter } from './pn-counter.ts';

export const judge = defineJudge({
  name: 'pn-counter',
  summary:
    'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.',
  sources: ['Maelstrom, workloads pn-counter and g-counter (jepsen-io/maelstrom)'],
  operations: [
    {
      f: 'add',
      input: 'an integer',
      output: 'ignored',
      doc: 'Adds to the counter, or takes away.',
    },
    {
      f: 'read',
      input: 'null',
      output: 'the integer',
      doc: 'Final if it was invoked after the last add had ended.',
    },
  ],
  params: {},
  consistencies: ['eventual'],
  judge: (history) => judgePnCounter('pn-counter', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [pnCounter, counter],
  judge: (parts) => judgePnCounter(judge.name, parts),
});
