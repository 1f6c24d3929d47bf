/** What both judges of transactions share: which models can be asked for, and how. */
import type { History } from '../../sim/history.ts';
import { defineParams } from '../../sim/params.ts';
import type { CheckResult } from '../checker.ts';
import type { Budget } from '../search/turns.ts';
import { anomalyNames, isolationNames } from './isolation.ts';
import { type Datatype, judgeTransactions } from './verdict.ts';

export const transactionSources: readonly string[] = [
  'Kingsbury, Alvaro: Elle: Inferring Isolation Anomalies from Experimental Observations (VLDB 2020)',
  'Adya: Weak Consistency: A Generalized Theory and Optimistic Implementations (PhD thesis, 1999)',
  'Cerone, Gotsman: Analysing Snapshot Isolation (PODC 2016)',
];

/** The strictest model is the default. */
export const consistencies: readonly string[] = [
  'strict-serializable',
  ...isolationNames.filter((name) => name !== 'strict-serializable'),
];

export const isolationParams = defineParams({
  anomalies: {
    type: 'list',
    of: { type: 'choice', options: anomalyNames, doc: 'An anomaly, or a class of them.' },
    default: [],
    doc: 'Look only for these and their cases, whatever the consistency: G1, G-single, lost-update.',
  },
});

export function isolationJudgement(
  checker: string,
  history: History,
  datatype: Datatype,
  anomalies: readonly string[],
  consistency: string,
  { steps }: Budget,
): CheckResult {
  return judgeTransactions(history, datatype, { checker, consistency, anomalies, steps });
}
