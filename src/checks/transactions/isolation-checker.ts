/**
 * Isolation as a word of `expect:`. Loads on one target with one kind of data share a store; each
 * store is judged by itself.
 *
 * Of registers more is assumed than of a history from elsewhere, but nothing that the model asked
 * for does not promise: from repeatable read up, a write follows the read of its transaction; with
 * sessions, versions follow processes; strictly, they follow real time.
 */
import listAppend from '../../interfaces/list-append.ts';
import rwRegister from '../../interfaces/rw-register.ts';
import type { History } from '../../sim/history.ts';
import type { Interface } from '../../sim/interface.ts';
import { formatCount } from '../../sim/units.ts';
import { type Checker, type CheckResult, type Facts, NO_ARGUMENTS } from '../checker.ts';
import { judgedBy, judgedObjects } from '../judged-loads.ts';
import { forbiddenBy } from './isolation.ts';
import { transactionSources } from './isolation-judge.ts';
import { inferListAppend, listAppendForm } from './list-append.ts';
import { inferRwRegister, rwRegisterForm } from './rw-register.ts';
import { type Datatype, judgeTransactions } from './verdict.ts';
import type { VersionRules } from './version-order.ts';

/** What a model promises of versions of one key. */
export function promisedRules(model: string): VersionRules {
  const forbidden = forbiddenBy(model);
  return {
    writesFollowReads: forbidden.has('lost-update'),
    sequential: forbidden.has('G-single-process'),
    linearizable: forbidden.has('G-single-realtime'),
  };
}

/** The checker of this model. `summary` is one sentence. */
export function isolationChecker(model: string, summary: string): Checker {
  const datatypes: ReadonlyMap<Interface, Datatype> = new Map<Interface, Datatype>([
    [listAppend, { form: listAppendForm, infer: inferListAppend }],
    [
      rwRegister,
      { form: rwRegisterForm, infer: (all) => inferRwRegister(all, promisedRules(model)) },
    ],
  ]);
  const judges = [...datatypes.keys()];
  return {
    name: model,
    summary,
    sources: transactionSources,
    judges,
    ...NO_ARGUMENTS,
    check(history: History, facts: Facts): CheckResult {
      const results = judgedObjects(judgedBy({ judges }, history, facts), ({ name }) => name).map(
        ({ asks, operations }) => {
          const result = judgeTransactions(operations, datatypes.get(asks)!, {
            checker: model,
            consistency: model,
            refutable: true,
          });
          if (asks === listAppend) return result;
          // What was assumed for this model says nothing about the others.
          const { models: _, ...rest } = result;
          return rest;
        },
      );
      return merged(model, results);
    },
  };
}

/** The worst verdict; of several that are as bad the first. */
function merged(checker: string, results: readonly CheckResult[]): CheckResult {
  const [first] = results;
  const worst =
    results.find(({ verdict }) => verdict === 'fail') ??
    results.find(({ verdict }) => verdict === 'unknown') ??
    first;
  if (worst === undefined) {
    const summary = 'Nothing was judged: there were no transactions.';
    const nothing = { reasons: [], evidence: [], key: null, atUs: null, numbers: {} };
    return { checker, verdict: 'unknown', summary, ...nothing };
  }
  if (results.length === 1 || worst.verdict !== 'pass') return worst;
  return {
    ...worst,
    summary: `${worst.summary} So in each of ${formatCount(results.length)} stores.`,
  };
}
