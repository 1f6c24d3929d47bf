/**
 * Transactions that write registers and read them, after Elle (Kingsbury & Alvaro, VLDB 2020). A
 * read tells its writer, but not the order of the writes: that is known as far as the parameters
 * allow it to be inferred.
 */
import { defineJudge } from '../judge.ts';
import {
  consistencies,
  isolationJudgement,
  isolationParams,
  transactionSources,
} from '../transactions/isolation-judge.ts';
import { inferRwRegister, rwRegisterForm } from '../transactions/rw-register.ts';

export default defineJudge({
  name: 'rw-register',
  summary: 'Transactions of writes to registers and reads of them, from read uncommitted up.',
  sources: transactionSources,
  operations: [
    {
      f: 'txn',
      input: '[["w", "x", 1], ["r", "y", null]]',
      output: '[["w", "x", 1], ["r", "y", 2]]',
      doc: 'A transaction. What is written to one register must be unique; it starts with null.',
    },
  ],
  params: {
    ...isolationParams,
    'wfr-keys': {
      type: 'boolean',
      default: false,
      doc: 'Assume that a transaction which reads a key and writes it wrote over what it read.',
    },
    'sequential-keys': {
      type: 'boolean',
      default: false,
      doc: 'Assume that each key by itself is sequential: its versions follow every process.',
    },
    'linearizable-keys': {
      type: 'boolean',
      default: false,
      doc: 'Assume that each key by itself is linearizable: its versions follow real time.',
    },
  },
  consistencies,
  judge: (history, params, consistency, budget) =>
    isolationJudgement(
      'rw-register',
      history,
      {
        form: rwRegisterForm,
        infer: (transactions) =>
          inferRwRegister(transactions, {
            writesFollowReads: params['wfr-keys'],
            sequential: params['sequential-keys'],
            linearizable: params['linearizable-keys'],
          }),
      },
      params.anomalies,
      consistency,
      budget,
    ),
});
