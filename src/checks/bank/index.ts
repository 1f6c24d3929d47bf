/**
 * `bank`: money that is moved between accounts is neither made nor lost. The workload makes
 * `transfer { from, to, amount }` and `read` whose output is a map of account to balance; the total
 * is that of the first read. No account may be overdrawn.
 */

import bank from '../../interfaces/bank.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { accountNames, judgeBank } from './bank.ts';

const params = defineParams({
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
});

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
  params,
  /** Snapshot isolation is the weakest level that forbids what is looked for. */
  consistencies: ['snapshot-isolation'],
  judge: (history, given) => judgeBank(partsOf(history), askedFor(given)),
});

function askedFor(given: Params<typeof params>) {
  return {
    checker: 'bank',
    total: given.total ?? null,
    accounts: given.accounts === undefined ? null : accountNames(given.accounts),
    allowNegative: given['negative-balances'],
  };
}

export default checkerLike(judge, {
  judges: [bank],
  params,
  shorthand: 'total',
  judge: (parts, args) => judgeBank(parts, askedFor(args)),
});
