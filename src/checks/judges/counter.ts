/** `dsim check --model counter`: see `counters/counter.ts`. */
import { judgeCounter } from '../counters/counter.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
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
