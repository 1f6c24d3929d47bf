/**
 * Whether a history of registers keeps a level of the hierarchy below sequential consistency:
 * polynomial where each value is written once; otherwise a search over which write each read saw.
 */
import type { History } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { CheckResult } from '../checker.ts';
import { notJudged } from '../findings/parts.ts';
import { registerModel } from '../models/register.ts';
import { type Budget, DEFAULT_BUDGET } from '../search/turns.ts';
import { checkSequential } from '../sequential/check.ts';
import { arbitrate } from './arbitration.ts';
import { findCausalityViolation } from './causality.ts';
import { type Level, levelOf } from './levels.ts';
import { ALL_GUARANTEES, KnowledgeOrder } from './order.ts';
import { type ChoiceTest, type Decision, decide } from './reads-from.ts';
import { type RegisterConventions, RegisterHistory, strangerIn } from './register-history.ts';
import { tell } from './story.ts';
import { findWrongView } from './views.ts';
import { operationsOf } from './violation.ts';

/** Levels that this decides: all but the two strongest. */
export function testOf(level: Level, history: RegisterHistory): ChoiceTest {
  const { guarantees } = level;
  if (guarantees !== undefined) {
    return (source, spent) => arbitrate(new KnowledgeOrder(history, source, guarantees), spent);
  }
  switch (level.name) {
    case 'causal':
      return (source, spent) => findWrongView(history, source, 'causal order', spent);
    case 'pram':
      return (source, spent) => findWrongView(history, source, 'program order', spent);
    case 'causal-consistency':
      return (source, spent) =>
        findCausalityViolation(new KnowledgeOrder(history, source, ALL_GUARANTEES), spent);
    default:
      throw new RangeError(`${level.name} is not decided by which write each read saw`);
  }
}

/**
 * Whether a history of registers keeps a level of `LEVELS` below sequential consistency. An
 * operation that registers do not know makes it `unknown`.
 */
export function checkWeakLevel(
  history: History,
  name: string,
  conventions: RegisterConventions = {},
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  const level = levelOf(name);
  const refusal = refusalOf(history, name);
  if (refusal !== null) return refusal;
  const registers = new RegisterHistory(history, conventions);
  const decision = decide(registers, testOf(level, registers), budget.steps, () => {
    const { initial = null, failedCas = 'ignored', objectOf } = conventions;
    const model = registerModel({ initial, failedCas });
    const share = { ...budget, steps: Math.floor(budget.steps / 4) };
    return checkSequential(history, model, share, objectOf).verdict === 'pass';
  });
  return resultOf(level, registers, decision);
}

/** `unknown`, for a history that no level can judge: with an operation that no register has. */
export function refusalOf(history: History, checker: string): CheckResult | null {
  const stranger = strangerIn(history);
  if (stranger !== null) {
    const summary = `Nothing was judged: a register has no '${stranger.f}' (#${stranger.index}).`;
    return notJudged(checker, summary);
  }
  return null;
}

/** The decision as a checker's answer. */
export function resultOf(level: Level, history: RegisterHistory, decision: Decision): CheckResult {
  const blank = {
    checker: level.name,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: numbersOf(history, decision.steps),
  };
  if (decision.verdict === 'pass') {
    return { ...blank, verdict: 'pass', summary: `${capital(level.title)} holds: ${level.means}.` };
  }
  if (decision.verdict === 'unknown') {
    const reads = `${formatCount(decision.ambiguous)} reads may have returned one of several writes`;
    const summary = `Undecided after ${formatCount(decision.steps)} steps: ${reads}.`;
    return { ...blank, verdict: 'unknown', summary };
  }
  const { violation } = decision;
  const own = level.name === 'causal' || level.name === 'pram';
  const { text, reasons, anomaly } = tell(violation, history, own);
  const evidence = operationsOf(violation);
  const keys = new Set(evidence.map((o) => history.key[o]!));
  const [key] = keys.size === 1 ? [...keys] : [];
  const ends = evidence
    .map((o) => history.operations[o]!.completedAtUs)
    .filter((us) => us !== Infinity);
  return {
    ...blank,
    verdict: 'fail',
    summary: `Not ${level.title}: ${text}.`,
    reasons,
    evidence: evidence.map((o) => history.operations[o]!.index),
    key: key === undefined ? null : history.keys[key]!,
    atUs: ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b)),
    anomalies: [anomaly],
  };
}

function numbersOf(history: RegisterHistory, steps: number): { readonly [name: string]: number } {
  let open = 0;
  let judged = 0;
  for (let o = 0; o < history.size; o++) {
    open += history.open[o]!;
    const { f, outcome } = history.operations[o]!;
    if (outcome !== 'info' && f !== 'write') judged++;
  }
  return {
    operations: history.size,
    judged,
    keys: history.keys.length,
    processes: history.processes.length,
    open,
    steps,
  };
}

export function capital(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}
