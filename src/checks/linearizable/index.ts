/**
 * Linearizability: every operation seems to take effect at one moment between its call and its
 * answer (Herlihy & Wing 1990). The history is split by object and key, each part is searched for
 * an order (see `search/`), and what cannot be ordered is reduced to its smallest witness and told
 * in words.
 *
 * Operations that ended `info` may have taken effect at any moment after their call, or never;
 * `fail` certainly did not happen. An exhausted budget is the verdict `unknown`, never success.
 */
import type { History, Operation } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import { type Checker, type CheckResult, type Facts, NO_ARGUMENTS } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { modelsByInterface } from '../models/by-interface.ts';
import { countRefutable, misshapenAmong, type SearchModel } from '../search/call.ts';
import { explain } from '../search/explain.ts';
import { type ObjectPart, splitByObject } from '../search/objects.ts';
import { type Budget, DEFAULT_BUDGET, type PartOutcome, searchInTurns } from '../search/turns.ts';
import { type Breach, findBreach } from '../search/witness.ts';

const NAME = 'linearizable';

/**
 * Whether a history of one object, or of independent keys, is linearizable under a model.
 * Operations that the model does not know make it `unknown`.
 */
export function checkLinearizable(
  history: History,
  model: SearchModel,
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  return checkParts(
    splitByObject(
      history,
      () => model,
      () => '',
    ),
    budget,
  );
}

/** The checker for loads that ask an interface which has a model. */
export const linearizable: Checker = {
  name: NAME,
  summary: 'Every operation takes effect at one moment between its call and its answer.',
  sources: [
    'Herlihy, Wing: Linearizability (TOPLAS 1990)',
    'Wing, Gong: Testing and Verifying Concurrent Objects (JPDC 1993)',
    'Gibbons, Korach: Testing Shared Memories (SIAM J. Comput. 1997)',
    'Lowe: Testing for Linearizability (Concurrency and Computation 2017)',
  ],
  judges: [...modelsByInterface.keys()],
  ...NO_ARGUMENTS,
  check(history: History, facts: Facts): CheckResult {
    const { operations, loadOf, objectOf } = judgedBy(linearizable, history, facts);
    const modelOf = (operation: Operation) => modelsByInterface.get(loadOf(operation).asks) ?? null;
    const parts = splitByObject(operations, modelOf, objectOf);
    const result = checkParts(parts, DEFAULT_BUDGET);
    if (parts.length > 0 || history.length === 0) return result;
    const summary = 'Nothing was judged: no load asks an interface that has a model.';
    return { ...result, verdict: 'unknown', summary };
  },
};

export default linearizable;

function checkParts(parts: readonly ObjectPart[], budget: Budget): CheckResult {
  const stranger = unknownOperation(parts);
  if (stranger !== null) {
    return { ...blank(parts, []), verdict: 'unknown', summary: `Nothing was judged: ${stranger}.` };
  }
  const outcomes = searchInTurns(parts, { budget });
  const result = blank(parts, outcomes);
  const wrong = parts.flatMap((part, i) => {
    const { outcome, explained } = outcomes[i]!;
    return outcome === 'not-linearizable' ? [{ part, explained }] : [];
  });
  if (wrong.length > 0) return failure(result, wrong, budget);
  const undecided = outcomes.findIndex(({ outcome }) => outcome === 'undecided');
  if (undecided >= 0) return exhausted(result, parts[undecided]!, outcomes[undecided]!);
  return success(result);
}

/** Says which operation or answer the model does not know, if there is one. */
function unknownOperation(parts: readonly ObjectPart[]): string | null {
  for (const { model, operations } of parts) {
    const known = model.operations;
    const stranger = known && operations.find(({ f }) => !known.includes(f));
    if (stranger) return `the ${model.name} model has no '${stranger.f}' (#${stranger.index})`;
    const misshapen = misshapenAmong(operations, model);
    if (misshapen !== null) return misshapen;
  }
  return null;
}

/** A result without verdict: the numbers. */
function blank(
  parts: readonly ObjectPart[],
  outcomes: readonly PartOutcome[],
): Omit<CheckResult, 'verdict' | 'summary'> {
  const total = (count: (part: ObjectPart) => number) =>
    parts.reduce((sum, part) => sum + count(part), 0);
  return {
    checker: NAME,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: {
      operations: total(({ calls }) => calls.length),
      judged: total(({ calls, model }) => countRefutable(calls, model)),
      keys: new Set(parts.map(({ operations }) => operations)).size,
      open: total(({ calls }) => calls.filter(isOpen).length),
      steps: outcomes.reduce((sum, { steps }) => sum + steps, 0),
      states: outcomes.reduce((sum, { configurations }) => sum + configurations, 0),
    },
  };
}

/** Of a history that contradicts nothing, since it says nothing. */
const NOTHING_ANSWERED = 'Not tested: no operation was answered.';

function isOpen({ completedAtUs }: { readonly completedAtUs: number }): boolean {
  return completedAtUs === Infinity;
}

function success(result: Omit<CheckResult, 'verdict' | 'summary'>): CheckResult {
  const { operations = 0, open = 0, keys = 0 } = result.numbers;
  if (operations === open) {
    // By the definition it is linearizable. A run that expects it never exercised it (`judge.ts`).
    return { ...result, verdict: 'pass', summary: NOTHING_ANSWERED };
  }
  const on = keys === 1 ? '' : ` on ${formatCount(keys)} keys`;
  const unknown = open === 0 ? '' : ` (the outcome of ${formatCount(open)} is unknown)`;
  const all = `${formatCount(operations)} ${operations === 1 ? 'operation' : 'operations'}${on}`;
  const summary = `A valid order exists for all ${all}${unknown}.`;
  return { ...result, verdict: 'pass', summary };
}

/** An exhausted budget: what is known nevertheless. */
function exhausted(
  result: Omit<CheckResult, 'verdict' | 'summary'>,
  { key, calls }: ObjectPart,
  { explained }: PartOutcome,
): CheckResult {
  const completions = calls.filter((call) => !isOpen(call)).length;
  const spent = `${formatCount(result.numbers['steps'] ?? 0)} steps`;
  const known = `the first ${formatCount(explained)} of ${formatCount(completions)} answers`;
  return {
    ...result,
    verdict: 'unknown',
    summary: `Undecided after ${spent}: ${known}${onKey(key)} can be explained.`,
    key,
    numbers: { ...result.numbers, explained },
  };
}

function onKey(key: string | null): string {
  return key === null ? '' : ` on key ${key}`;
}

/** So much of the budget again may go into making a witness small. */
const WITNESS_SHARE = 1 / 4;

/** How many wrong keys, at most, are searched for the one that went wrong first. */
const WRONG_KEYS_MAX = 16;

function failure(
  result: Omit<CheckResult, 'verdict' | 'summary'>,
  wrong: readonly { readonly part: ObjectPart; readonly explained: number }[],
  budget: Budget,
): CheckResult {
  let first: { part: ObjectPart; breach: Breach } | null = null;
  let steps = result.numbers['steps'] ?? 0;
  const looked = wrong.slice(0, WRONG_KEYS_MAX);
  const share = { ...budget, steps: Math.ceil((budget.steps * WITNESS_SHARE) / looked.length) };
  for (const { part, explained } of looked) {
    const breach = findBreach(part.calls, part.model, share, explained);
    steps += breach.steps;
    if (first === null || breach.atUs < first.breach.atUs) first = { part, breach };
  }
  // The report shows what went wrong first: only that witness is made small.
  const { part, breach } = first!;
  const witness = breach.witness();
  steps += witness.steps;
  const atUs = witness.firm.at(-1)!.completedAtUs;
  const { kind, text, reasons, evidence } = explain(witness, part.operations, part.model);
  return {
    ...result,
    verdict: 'fail',
    summary: `${kind[0]!.toUpperCase()}${kind.slice(1)}${onKey(part.key)}: ${text}.`,
    reasons,
    evidence,
    key: part.key,
    atUs,
    numbers: { ...result.numbers, steps, wrongKeys: wrong.length },
  };
}
