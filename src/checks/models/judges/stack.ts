/** `dsim check --model stack`: see `models/stack.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { listOf, modelJudge } from '../../model-judge.ts';
import { stackModel } from '../stack.ts';

export const judge = modelJudge({
  name: 'stack',
  summary: 'A stack: last in, first out.',
  sources: [],
  operations: [
    { f: 'push', input: 'the value', output: 'ignored', doc: 'Puts a value in.' },
    {
      f: 'pop',
      input: 'null',
      output: 'the value; null: it was empty',
      doc: 'Takes the value that was put in last.',
    },
  ],
  params: defineParams({
    initial: {
      type: 'text',
      doc: 'What is in it at first, the first to have been put in first: a JSON list.',
      default: '[]',
    },
    as: {
      type: 'choice',
      doc: 'What a pop that failed with no error, or that of an empty stack, says: nothing, or that it was empty.',
      options: ['ignored', 'observation'],
      default: 'ignored',
    },
  }),
  model: ({ initial, as }) =>
    stackModel({
      initial: listOf(initial),
      refused: as === 'observation' ? as : 'ignored',
    }),
});
