/** `dsim check --model causal-reverse`: see `snapshots/causal-reverse.ts`. */
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeCausalReverse } from '../snapshots/causal-reverse.ts';

export default defineJudge({
  name: 'causal-reverse',
  summary: 'Reads of all values written: none saw a write without what was acknowledged before it.',
  sources: [
    'Jepsen, causal-reverse test (jepsen-io/jepsen, tests/causal_reverse.clj)',
    'Jepsen, comments test of CockroachDB',
  ],
  operations: [
    { f: 'write', input: 'the value, unique', output: 'ignored', doc: 'Writes a value.' },
    { f: 'read', input: 'null', output: 'the list of all values', doc: 'Reads them all.' },
  ],
  params: {},
  consistencies: ['strict-serializable'],
  judge: (history) => judgeCausalReverse('causal-reverse', partsOf(history)),
});
