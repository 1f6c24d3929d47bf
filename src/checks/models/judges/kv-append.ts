/** `dsim check --model kv-append`: see `models/kv-append.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { kvAppendModel } from '../kv-append.ts';

export const judge = modelJudge({
  name: 'kv-append',
  summary: 'A store of one string per key, with appends.',
  sources: ['Athalye: Porcupine, the key-value model of its tests'],
  operations: [
    { f: 'get', input: 'null', output: 'the string', doc: 'Reads.' },
    { f: 'put', input: 'the string', output: 'ignored', doc: 'Replaces what was there.' },
    { f: 'append', input: 'the string', output: 'ignored', doc: 'Adds to the end.' },
  ],
  params: defineParams({
    initial: {
      type: 'text',
      doc: 'What a key that was never put holds, as it stands.',
      default: '',
    },
  }),
  model: ({ initial }) => kvAppendModel({ initial }),
});
