/**
 * `set-final`: nothing acknowledged is missing from the last read of a set. The workload makes
 * `add` with the element as its input and `read` whose output is the list of all elements.
 */

import set from '../../interfaces/set.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeSetFinal } from './set-final.ts';

export const judge = defineJudge({
  name: 'set-final',
  summary:
    'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.',
  sources: ['Jepsen, checker `set` (jepsen-io/jepsen, checker.clj)'],
  operations: [
    { f: 'add', input: 'the element', output: 'ignored', doc: 'Adds an element.' },
    {
      f: 'read',
      input: 'null',
      output: 'the list of all elements',
      doc: 'The answered read that ended last is the final one.',
    },
    {
      f: 'remove',
      input: 'the element',
      output: 'ignored',
      doc: 'Excuses its absence; after all adds of it, forbids its presence.',
    },
    { f: 'contains', input: 'the element', output: 'true or false', doc: 'Is passed over.' },
  ],
  params: {},
  consistencies: ['final-read'],
  judge: (history) => judgeSetFinal('set-final', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [set],
  judge: (parts) => judgeSetFinal(judge.name, parts),
});
