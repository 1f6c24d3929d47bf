/** `dsim check --model queue`: see `models/queue.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { listOf, modelJudge } from '../../model-judge.ts';
import { queueModel } from '../queue.ts';

export const judge = modelJudge({
  name: 'queue',
  summary: 'A queue: first in, first out.',
  sources: ['Henzinger, Sezgin, Vafeiadis: Aspect-oriented linearizability proofs (CONCUR 2013)'],
  operations: [
    { f: 'enqueue', input: 'the value', output: 'ignored', doc: 'Puts a value in.' },
    {
      f: 'dequeue',
      input: 'null',
      output: 'the value; null: it was empty',
      doc: 'Takes the value that was put in first.',
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
      doc: 'What a dequeue that failed with no error, or that of an empty queue, says: nothing, or that it was empty.',
      options: ['ignored', 'observation'],
      default: 'ignored',
    },
  }),
  model: ({ initial, as }) =>
    queueModel({
      initial: listOf(initial),
      refused: as === 'observation' ? as : 'ignored',
    }),
});
