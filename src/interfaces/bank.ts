/** Accounts whose money is moved, and neither made nor lost. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'bank',
  summary: 'Money is moved between accounts, and all balances are read at once.',
  requests: {
    transfer: {
      doc: 'Moves an amount; the error precondition-failed if the account has not as much.',
      fields: { from: 'text', to: 'text', amount: 'integer' },
      reply: {},
      writes: true,
      errors: ['precondition-failed', 'txn-conflict', 'abort'],
      recorded: { input: '{ from, to, amount }', output: 'ignored' },
    },
    read: {
      doc: 'The balance of every account, all of one moment.',
      fields: {},
      reply: { balances: { map: 'integer' } },
      harmless: true,
      reads: true,
      errors: ['txn-conflict'],
      recorded: { input: 'null', output: 'a map of account to balance' },
    },
  },
});
