/** `dsim check --model fencing-lock`: see `models/fencing-lock.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { fencingLockModel } from '../fencing-lock.ts';

export const judge = modelJudge({
  name: 'fencing-lock',
  summary: 'A lock that hands out tokens, each greater than all before.',
  sources: [],
  operations: [
    {
      f: 'acquire',
      input: 'who; null: the process',
      output: 'the token, an integer; false: it was held',
      doc: 'Takes the lock.',
    },
    {
      f: 'release',
      input: 'who; null: the process',
      output: 'false: not the holder; else ignored',
      doc: 'Gives it back.',
    },
    {
      f: 'write',
      input: '[token, value]',
      output: 'ignored',
      doc: 'Writes what the lock guards; an error if a greater token was seen.',
    },
    { f: 'read', input: 'null', output: 'the value', doc: 'Reads it.' },
  ],
  params: defineParams({
    leases: {
      type: 'boolean',
      doc: 'Whether a lock may be lost at any time: then only the tokens are judged.',
      default: false,
    },
  }),
  model: ({ leases }) => fencingLockModel({ leases }),
});
