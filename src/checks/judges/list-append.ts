/**
 * Transactions that append to lists and read them, after Elle (Kingsbury & Alvaro, VLDB 2020): the
 * richest of the histories that it judges, as a read tells all appends before it.
 */
import { defineJudge } from '../judge.ts';
import {
  consistencies,
  isolationJudgement,
  isolationParams,
  transactionSources,
} from '../transactions/isolation-judge.ts';
import { inferListAppend, listAppendForm } from '../transactions/list-append.ts';

export default defineJudge({
  name: 'list-append',
  summary: 'Transactions of appends to lists and reads of them, from read uncommitted up.',
  sources: transactionSources,
  operations: [
    {
      f: 'txn',
      input: '[["append", "x", 1], ["r", "y", null]]',
      output: '[["append", "x", 1], ["r", "y", [2, 3]]]',
      doc: 'A transaction. What is appended to one list must be unique; a list starts empty (null).',
    },
  ],
  params: isolationParams,
  consistencies,
  judge: (history, params, consistency, budget) =>
    isolationJudgement(
      'list-append',
      history,
      { form: listAppendForm, infer: inferListAppend },
      params.anomalies,
      consistency,
      budget,
    ),
});
