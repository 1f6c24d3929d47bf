/** `dsim check --model pn-counter`: see `counters/pn-counter.ts`. */
import { judgePnCounter } from '../counters/pn-counter.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
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
