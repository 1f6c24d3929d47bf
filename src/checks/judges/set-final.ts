/** `dsim check --model set-final`: see `collections/set-final.ts`. */
import { judgeSetFinal } from '../collections/set-final.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
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
  ],
  params: {},
  consistencies: ['final-read'],
  judge: (history) => judgeSetFinal('set-final', partsOf(history)),
});
