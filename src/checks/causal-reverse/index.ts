/**
 * `causal-reverse`: no read saw a write without what was acknowledged before it. The workload makes
 * `write` or `add` with a unique value as its input and `read` whose output is the list of all
 * values.
 */
import set from '../../interfaces/set.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeCausalReverse } from './causal-reverse.ts';

export const judge = defineJudge({
  name: 'causal-reverse',
  summary: 'Reads of all values written: none saw a write without what was acknowledged before it.',
  sources: [
    'Jepsen, causal-reverse test (jepsen-io/jepsen, tests/causal_reverse.clj)',
    'Jepsen, comments test of CockroachDB',
  ],
  operations: [
    {
      f: 'write',
      input: 'the value, unique',
      output: 'ignored',
      doc: 'Writes a value; `add` is the same.',
    },
    { f: 'read', input: 'null', output: 'the list of all values', doc: 'Reads them all.' },
    { f: 'remove', input: 'the value', output: 'ignored', doc: 'Its value is not judged.' },
    { f: 'contains', input: 'the value', output: 'true or false', doc: 'Is passed over.' },
  ],
  params: {},
  consistencies: ['strict-serializable'],
  judge: (history) => judgeCausalReverse('causal-reverse', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [set],
  judge: (parts) => judgeCausalReverse(judge.name, parts),
});
