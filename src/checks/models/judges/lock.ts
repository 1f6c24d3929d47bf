/** `dsim check --model lock`: see `models/lock.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { lockModel } from '../lock.ts';

export const judge = modelJudge({
  name: 'lock',
  summary: 'A lock: one holder at a time, and only who holds it releases it.',
  sources: [],
  operations: [
    {
      f: 'acquire',
      input: 'who; null: the process',
      output: 'false: it was held; else ignored',
      doc: 'Takes the lock.',
    },
    {
      f: 'release',
      input: 'who; null: the process',
      output: 'false: not the holder; else ignored',
      doc: 'Gives it back.',
    },
  ],
  params: defineParams({
    owner: {
      type: 'choice',
      doc: 'Who may release it: the process that holds it, or anyone, as in a plain mutex.',
      options: ['process', 'anyone'],
      default: 'process',
    },
  }),
  model: ({ owner }) => lockModel({ owner }),
});
