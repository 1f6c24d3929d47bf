/** `dsim check --model set`: see `models/set.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { listOf } from '../../text-values.ts';
import { setModel } from '../set.ts';

export const judge = modelJudge({
  name: 'set',
  summary: 'A set: every read has what was added before it, and nothing else.',
  sources: [],
  operations: [
    { f: 'add', input: 'the element', output: 'true: it was new; else ignored', doc: 'Adds one.' },
    {
      f: 'remove',
      input: 'the element',
      output: 'true: it was there; else ignored',
      doc: 'Removes one.',
    },
    { f: 'contains', input: 'the element', output: 'true or false', doc: 'Whether it is in.' },
    { f: 'read', input: 'null', output: 'the elements, in any order', doc: 'Reads all.' },
  ],
  params: defineParams({
    initial: { type: 'text', doc: 'The elements at first: a JSON list.', default: '[]' },
  }),
  model: ({ initial }) => setModel({ initial: listOf(initial) }),
});
