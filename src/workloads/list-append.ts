/**
 * The list-append workload: transactions that append unique numbers to a few lists and read them.
 * After Elle's generator (Kingsbury & Alvaro 2020, section 5) and Maelstrom's `txn-list-append`
 * (jepsen-io/maelstrom, doc/workloads.md).
 */
import listAppend from '../interfaces/list-append.ts';
import { TransactionGenerator, tellSteps, transactionParams } from './parts/transactions.ts';
import { defineWorkload } from './workload.ts';

export default defineWorkload({
  name: 'list-append',
  summary: 'Transactions that append unique numbers to a few lists, and read them.',
  params: transactionParams,
  asks: listAppend,
  tell: tellSteps,
  generator: (given) => new TransactionGenerator('append', given),
  outputOf: (_f, reply) => (reply as unknown as { readonly txn: readonly never[] }).txn,
});
