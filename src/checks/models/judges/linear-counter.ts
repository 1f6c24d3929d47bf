/** `dsim check --model linear-counter`: see `models/counter.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { counterModel } from '../counter.ts';

export const judge = modelJudge({
  name: 'linear-counter',
  summary: 'A counter whose reads all agree on one order of changes; stricter than counter.',
  sources: [],
  operations: [
    { f: 'add', input: 'a number', output: 'ignored', doc: 'Adds it.' },
    { f: 'increment', input: 'a number, or null: 1', output: 'ignored', doc: 'Adds; also `inc`.' },
    {
      f: 'decrement',
      input: 'a number, or null: 1',
      output: 'ignored',
      doc: 'Subtracts; also `dec`.',
    },
    { f: 'add-and-get', input: 'a number', output: 'the sum after it', doc: 'Adds and reads.' },
    { f: 'read', input: 'null', output: 'the sum', doc: 'Reads.' },
  ],
  params: defineParams({
    initial: { type: 'number', doc: 'The sum at first.', default: 0 },
  }),
  model: ({ initial }) => counterModel({ initial }),
});
