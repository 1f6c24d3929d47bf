/**
 * Transactions, after Elle (Kingsbury & Alvaro, VLDB 2020): a checker for each model of isolation,
 * and a judge for each kind of data. Lists tell more: a read of a list shows all appends before it
 * in their order. A read of a register shows its writer, but not the order of the writes, which is
 * known only as far as the parameters allow to infer it.
 */
import type { Checker } from '../checker.ts';
import { type AnyJudge, defineJudge } from '../judge.ts';
import { isolationModel } from './isolation.ts';
import { isolationChecker, promisedRules } from './isolation-checker.ts';
import {
  consistencies,
  isolationJudgement,
  isolationParams,
  transactionSources,
} from './isolation-judge.ts';
import { inferListAppend, listAppendForm } from './list-append.ts';
import { inferRwRegister, rwRegisterForm } from './rw-register.ts';

const checkers: readonly Checker[] = [
  // Adya, PhD thesis (MIT 1999), PL-1: no write cycle (G0).
  isolationChecker('read-uncommitted', 'No two transactions write over one another both ways.'),
  // Adya, PL-2: no G0 and no G1.
  isolationChecker(
    'read-committed',
    'No transaction sees what was aborted or not finished, and information flows one way.',
  ),
  // Adya, PL-CS: read committed without lost updates.
  isolationChecker('cursor-stability', 'Read committed, and no update is lost.'),
  // Adya, PL-2.99: no G1 and no G2-item.
  isolationChecker(
    'repeatable-read',
    'Transactions on items, without predicates, could have run one after another.',
  ),
  // Adya, PL-SI; Cerone, Gotsman (PODC 2016): no cycle whose anti-dependencies are all apart.
  isolationChecker(
    'snapshot-isolation',
    'Each transaction reads from one snapshot, and of two that write the same key one gives way.',
  ),
  // Daudjee, Salem: Lazy Database Replication with Snapshot Isolation (VLDB 2006).
  isolationChecker(
    'strong-session-snapshot-isolation',
    'Snapshot isolation, and each process sees what it has done before.',
  ),
  // Daudjee, Salem (VLDB 2006).
  isolationChecker(
    'strong-snapshot-isolation',
    'Snapshot isolation, and each snapshot has all that was committed before.',
  ),
  // Adya, PL-3: no G1 and no G2.
  isolationChecker('serializable', 'Transactions could have run one after another.'),
  // Daudjee, Salem: Lazy Database Replication with Ordering Guarantees (ICDE 2004).
  isolationChecker(
    'strong-session-serializable',
    'Transactions could have run one after another, those of each process in its order.',
  ),
  // Adya, PL-SS: serializable, in real time.
  isolationChecker(
    'strict-serializable',
    'Transactions could have run one after another, each between its call and its answer.',
  ),
];

export default checkers;

export const listAppendJudge = defineJudge({
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

export const rwRegisterJudge = defineJudge({
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
        ...adviceFor(params, consistency),
      },
      params.anomalies,
      consistency,
      budget,
    ),
});

/** Names the parameters that order versions as the level promises, and are not set. */
function adviceFor(
  params: { readonly [name: string]: unknown },
  consistency: string,
): { readonly advice?: string } {
  const model = isolationModel(consistency) ?? consistency;
  const promised = promisedRules(model);
  const promises = [
    ...(promised.writesFollowReads ? ['wfr-keys'] : []),
    // Real time has the order of every process.
    ...(promised.sequential && !promised.linearizable ? ['sequential-keys'] : []),
    ...(promised.linearizable ? ['linearizable-keys'] : []),
  ].filter((name) => params[name] !== true);
  if (promises.length > 0) {
    const sets = promises.map((name) => `--set ${name}=true`).join(' ');
    return {
      advice: `${model} needs ${promises.join(', ')} to be judged wholly: ${sets} orders versions as it promises.`,
    };
  }
  if (params['linearizable-keys'] === true) return {};
  return {
    advice:
      '--set linearizable-keys=true orders versions by real time, where each key by itself is linearizable.',
  };
}

export const judge: readonly AnyJudge[] = [listAppendJudge, rwRegisterJudge];
