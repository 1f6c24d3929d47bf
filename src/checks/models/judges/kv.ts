/** `dsim check --model kv`: see `models/kv.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { plainOf } from '../../text-values.ts';
import { kvModel } from '../kv.ts';

export const judge = modelJudge({
  name: 'kv',
  summary: 'A store of one value per key: get, put, cas, append and delete.',
  sources: [],
  operations: [
    { f: 'get', input: 'null', output: 'the value; null: none', doc: 'Reads; also `read`.' },
    { f: 'put', input: 'the value', output: 'ignored', doc: 'Replaces the value; also `write`.' },
    {
      f: 'cas',
      input: '[from, to]',
      output: 'false: refused',
      doc: 'Replaces one value by another.',
    },
    {
      f: 'append',
      input: 'text, or an element',
      output: 'ignored',
      doc: 'Adds to text or a list.',
    },
    { f: 'delete', input: 'null', output: 'ignored', doc: 'Takes the value away.' },
  ],
  params: defineParams({
    initial: {
      type: 'text',
      doc: 'What a key that was never put holds: JSON or text.',
      default: 'null',
    },
    as: {
      type: 'choice',
      doc: 'What a cas that failed says: nothing, or that the value was another.',
      options: ['ignored', 'observation'],
      default: 'ignored',
    },
  }),
  model: ({ initial, as }) =>
    kvModel({
      initial: plainOf(initial),
      failedCas: as,
    }),
});
