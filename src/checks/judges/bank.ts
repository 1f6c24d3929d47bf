/** `dsim check --model bank`: see `accounts/bank.ts`. */
import { accountNames, judgeBank } from '../accounts/bank.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
  name: 'bank',
  summary: 'Money that is moved between accounts: every read of all of them has the same total.',
  sources: ['Jepsen, bank test (jepsen-io/jepsen, tests/bank.clj)'],
  operations: [
    {
      f: 'read',
      input: 'null',
      output: 'a map of account to balance',
      doc: 'Reads all accounts at once.',
    },
    {
      f: 'transfer',
      input: '{ from, to, amount }',
      output: 'ignored',
      doc: 'Moves money from one account to another.',
    },
  ],
  params: {
    total: {
      type: 'number',
      doc: 'What all accounts make; where it is not given, the total of the first read.',
      optional: true,
    },
    accounts: {
      type: 'text',
      doc: 'The accounts that exist, `a,b,c` or `0..9`; where they are not given, any.',
      optional: true,
    },
    'negative-balances': {
      type: 'boolean',
      doc: 'Whether an account may be overdrawn.',
      default: false,
    },
  },
  /** Snapshot isolation is the weakest level that forbids what is looked for. */
  consistencies: ['snapshot-isolation'],
  judge: (history, params) =>
    judgeBank(partsOf(history), {
      checker: 'bank',
      total: params.total ?? null,
      accounts: params.accounts === undefined ? null : accountNames(params.accounts),
      allowNegative: params['negative-balances'],
    }),
});
