/**
 * `no-lost-writes`: no acknowledged write is gone at last, by the final reads of every key. The
 * workload makes `write`, `cas`, `add`, `append` or `broadcast`, and `read`; or transactions of
 * them.
 */
import broadcast from '../../interfaces/broadcast.ts';
import listAppend from '../../interfaces/list-append.ts';
import register from '../../interfaces/register.ts';
import rwRegister from '../../interfaces/rw-register.ts';
import set from '../../interfaces/set.ts';
import siblings from '../../interfaces/siblings.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { plainOf } from '../text-values.ts';
import { judgeLostWrites } from './no-lost-writes.ts';
import { singleOperations } from './single-operations.ts';

export const judge = defineJudge({
  name: 'no-lost-writes',
  summary: 'No acknowledged write is gone at last: it shows, or something written no earlier does.',
  sources: ['Jepsen, checker `set` (jepsen-io/jepsen, checker.clj), for registers and texts too'],
  operations: [
    { f: 'write', input: 'the value', output: 'ignored', doc: 'Writes a register.' },
    {
      f: 'cas',
      input: '[old, new]',
      output: 'ignored',
      doc: 'Writes it if it held the old value.',
    },
    {
      f: 'add',
      input: 'the element',
      output: 'ignored',
      doc: 'Adds to a collection; `append` and `broadcast` are the same.',
    },
    { f: 'remove', input: 'the element', output: 'ignored', doc: 'Excuses its absence.' },
    { f: 'contains', input: 'the element', output: 'true or false', doc: 'Is passed over.' },
    {
      f: 'read',
      input: 'null',
      output: 'the value, or the list of elements',
      doc: 'Final if it was invoked after the last write had ended.',
    },
    {
      f: 'put',
      input: 'the value',
      output: 'ignored',
      doc: 'Writes beside what its process has not seen; "delete" takes away what it has.',
    },
    { f: 'get', input: 'null', output: 'the list of values', doc: 'Reads all of them.' },
    {
      f: 'txn',
      input: '[["append", key, value], ["w", key, value], ["r", key, null], ...]',
      output: 'the same with answers',
      doc: 'Several of them at once.',
    },
  ],
  params: {
    initial: {
      type: 'text',
      doc: 'What a register holds at first, read as JSON where it is JSON.',
      default: 'null',
    },
  },
  consistencies: ['durable'],
  judge: (history, { initial }) =>
    judgeLostWrites(partsOf(singleOperations(history)), {
      checker: 'no-lost-writes',
      initial: plainOf(initial),
    }),
});

export default checkerLike(judge, {
  judges: [broadcast, listAppend, register, rwRegister, set, siblings],
  judge(parts) {
    const single = parts.flatMap(({ object, operations }) =>
      partsOf(singleOperations(operations)).map((part) => ({ ...part, object })),
    );
    return judgeLostWrites(single, { checker: judge.name, initial: null });
  },
});
