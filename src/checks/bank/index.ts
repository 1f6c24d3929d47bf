/**
 * `bank`: money that is moved between accounts is neither made nor lost. The workload makes
 * `transfer { from, to, amount }` and `read` whose output is a map of account to balance; the total
 * is that of the first read. No account may be overdrawn.
 */

import { checkerOver, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { accountNames, judgeBank } from './bank.ts';

export const judge = defineJudge({
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

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['bank'],
  judge: (parts) =>
    judgeBank(parts, { checker: name, total: null, accounts: null, allowNegative: false }),
});
