/** `dsim check --model multi-register`: see `models/multi-register.ts`. */
import { defineParams } from '../../../sim/params.ts';
import { modelJudge } from '../../model-judge.ts';
import { plainOf } from '../../text-values.ts';
import { multiRegisterModel } from '../multi-register.ts';

export const judge = modelJudge({
  name: 'multi-register',
  summary: 'Several registers that one operation reads and writes at once.',
  sources: [],
  operations: [
    {
      f: 'txn',
      input: '[["r", "x", null], ["w", "y", 1]]',
      output: 'the same, with what was read',
      doc: 'Reads and writes registers in this order, all at one moment.',
    },
    { f: 'read', input: 'names, or null: all', output: 'a map of values', doc: 'Reads several.' },
    { f: 'write', input: 'a map of values', output: 'ignored', doc: 'Writes several.' },
  ],
  params: defineParams({
    initial: {
      type: 'text',
      doc: 'What registers hold at first: one value for all, or a JSON map by name.',
      default: 'null',
    },
  }),
  model: ({ initial }) => multiRegisterModel({ initial: plainOf(initial) }),
});
