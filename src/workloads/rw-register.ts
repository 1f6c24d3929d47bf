/**
 * The rw-register workload: transactions that write unique numbers to a few registers and read
 * them. After Maelstrom's `txn-rw-register` (jepsen-io/maelstrom, doc/workloads.md).
 */
import rwRegister from '../interfaces/rw-register.ts';
import { TransactionGenerator, tellSteps, transactionParams } from './parts/transactions.ts';
import { defineWorkload } from './workload.ts';

export default defineWorkload({
  name: 'rw-register',
  summary: 'Transactions that write unique numbers to a few registers, and read them.',
  params: transactionParams,
  asks: rwRegister,
  tell: tellSteps,
  generator: (given) => new TransactionGenerator('w', given),
  outputOf: (_f, reply) => (reply as unknown as { readonly txn: readonly never[] }).txn,
});
