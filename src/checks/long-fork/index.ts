/**
 * `long-fork`: no two readers saw two writes in different orders. The workload makes `write` with
 * the input `[["w", key, value]]`, each key once, and `read` with the input `[["r", key, null],
 * ...]` of a group of keys and as its output the same with values.
 */
import rwRegister from '../../interfaces/rw-register.ts';
import { defineParams } from '../../sim/params.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeLongFork } from './long-fork.ts';

const params = defineParams({
  n: {
    type: 'integer',
    doc: 'How many keys a read has; where it is not given, as many as it has.',
    min: 1,
    optional: true,
  },
});

export const judge = defineJudge({
  name: 'long-fork',
  summary:
    'Reads of a group of keys that were written once: no two of them saw the writes in different orders.',
  sources: ['Jepsen, long-fork test (jepsen-io/jepsen, tests/long_fork.clj)'],
  operations: [
    {
      f: 'write',
      input: '[["w", key, value]]',
      output: 'ignored',
      doc: 'Writes one key; no key is written twice.',
    },
    {
      f: 'read',
      input: '[["r", key, null], ...]',
      output: 'the same with the values, null where there was none',
      doc: 'Reads all keys of a group. Whatever an operation is called, its steps tell what it is.',
    },
  ],
  params,
  consistencies: ['snapshot-isolation'],
  judge: (history, { n }) =>
    judgeLongFork(partsOf(history), { checker: 'long-fork', groupSize: n ?? null }),
});

export default checkerLike(judge, {
  judges: [rwRegister],
  params,
  shorthand: 'n',
  judge: (parts, { n }) => judgeLongFork(parts, { checker: judge.name, groupSize: n ?? null }),
});
