/**
 * The strongest level of consistency that a history of registers keeps. The hierarchy is no line,
 * so several may be strongest at once; of the levels just above them the witness is shown.
 */
import type { History } from '../../sim/history.ts';
import { capital, refusalOf } from '../causal/check.ts';
import { impliedBy, LEVELS, type Level, type LevelName, maximalOf } from '../causal/levels.ts';
import type { RegisterConventions } from '../causal/register-history.ts';
import type { CheckResult } from '../checker.ts';
import { checkEventual } from '../eventual/convergence.ts';
import { type Budget, DEFAULT_BUDGET } from '../search/turns.ts';
import { timeOrdersProcesses } from '../sequential/check.ts';
import { checkLevel } from './level-check.ts';

export interface Strongest {
  /** The strongest that hold: none of them implies another. Empty if none does. */
  readonly holds: readonly Level[];
  /** The weakest that do not: all that each implies holds. */
  readonly broken: readonly Level[];
  /** Levels that a budget left undecided. */
  readonly undecided: readonly Level[];
  /** The result of each level that was judged; those that follow from others are missing. */
  readonly results: ReadonlyMap<LevelName, CheckResult>;
}

/** Judges from the top, and leaves out what follows. Each level may spend the whole budget. */
export function findStrongest(
  history: History,
  conventions: RegisterConventions = {},
  budget: Budget = DEFAULT_BUDGET,
): Strongest {
  const results = new Map<LevelName, CheckResult>();
  const held = new Set<Level>();
  const broken = new Set<Level>();
  const undecided: Level[] = [];
  for (const level of LEVELS) {
    if (held.has(level)) continue;
    const result = checkLevel(history, level.name, conventions, budget);
    results.set(level.name, result);
    if (result.verdict === 'pass') {
      held.add(level);
      // Only real time that orders each process makes linearizable imply what processes saw.
      if (level.name === 'linearizable' && !timeOrdersProcesses(history)) continue;
      for (const lower of impliedBy(level)) held.add(lower);
    } else if (result.verdict === 'fail') broken.add(level);
    else undecided.push(level);
  }
  const lowest = [...broken].filter((level) => impliedBy(level).every((lower) => held.has(lower)));
  return {
    holds: maximalOf(LEVELS.filter((level) => held.has(level))),
    broken: lowest,
    undecided,
    results,
  };
}

/**
 * The strongest level as a checker's answer. `pass` says that some level holds and which; `unknown`
 * that a stronger one was left undecided; `fail` that none does.
 */
export function checkStrongest(
  history: History,
  conventions: RegisterConventions = {},
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  const checker = 'strongest';
  const refusal = refusalOf(history, checker);
  if (refusal !== null) return refusal;
  const { holds, broken, undecided, results } = findStrongest(history, conventions, budget);
  const witness = results.get(broken[0]?.name ?? 'linearizable');
  const steps = [...results.values()].reduce(
    (sum, { numbers }) => sum + (numbers['steps'] ?? 0),
    0,
  );
  const operations = witness?.numbers['operations'] ?? history.length;
  const shown = {
    checker,
    reasons: broken.flatMap(({ name }) => results.get(name)?.summary ?? []),
    evidence: witness?.evidence ?? [],
    key: witness?.key ?? null,
    atUs: witness?.atUs ?? null,
    numbers: { operations, levels: LEVELS.length, judged: results.size, steps },
    anomalies: broken.flatMap(({ name }) => results.get(name)?.anomalies ?? []),
    next: nextOf(holds, broken, history, conventions),
  };
  const title = listed(holds);
  if (undecided.length > 0) {
    const open = undecided.map((level) => level.title).join(', ');
    const known =
      holds.length === 0
        ? 'No level was found to hold'
        : `${capital(title)} hold${holds.length === 1 ? 's' : ''}`;
    return { ...shown, verdict: 'unknown', summary: `${known}; undecided: ${open}.` };
  }
  if (holds.length === 0) {
    const { verdict, summary } = checkEventual(history, conventions);
    const rest = verdict === 'pass' ? ` But ${summary[0]?.toLowerCase()}${summary.slice(1)}` : '';
    const all = `No level of the hierarchy holds, not even one session guarantee alone.${rest}`;
    return { ...shown, verdict: 'fail', summary: all };
  }
  const up =
    broken.length === 0 ? '' : `; ${listed(broken)} do${broken.length === 1 ? 'es' : ''} not`;
  const plural = holds.length === 1 ? 'level that holds is' : 'levels that hold are';
  return { ...shown, verdict: 'pass', summary: `The strongest ${plural} ${title}${up}.` };
}

function listed(levels: readonly Level[]): string {
  const titles = levels.map((level) => level.title);
  if (titles.length < 3) return titles.join(' and ');
  return `${titles.slice(0, -1).join(', ')} and ${titles[titles.length - 1]}`;
}

function nextOf(
  holds: readonly Level[],
  broken: readonly Level[],
  history: History,
  conventions: RegisterConventions,
): readonly string[] {
  const next = [...holds, ...broken].map(({ name, means }) => `--consistency ${name}: ${means}.`);
  const eventual = checkEventual(history, conventions);
  return eventual.verdict === 'pass' ? [...next, eventual.summary] : next;
}

/** The strongest levels that hold of a history that breaks this one. */
export function strongestWithout(
  history: History,
  broken: Level,
  conventions: RegisterConventions,
  budget: Budget,
): readonly Level[] {
  const held: Level[] = [];
  for (const level of LEVELS) {
    if (level === broken || impliedBy(level).includes(broken)) continue;
    if (held.some((other) => impliedBy(other).includes(level))) continue;
    if (checkLevel(history, level.name, conventions, budget).verdict === 'pass') held.push(level);
  }
  return maximalOf(held);
}

/** `These still hold: causal memory; causal convergence.` */
export function stillHolds(held: readonly Level[]): string {
  const [only] = held;
  if (only === undefined) return 'No other level was found to hold.';
  if (held.length === 1) return `${capital(only.title)} still holds.`;
  return `These still hold: ${held.map(({ title }) => title).join('; ')}.`;
}

/** The level's result; where it failed, `next` says what still holds. */
export function checkWithNext(
  history: History,
  level: Level,
  conventions: RegisterConventions = {},
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  const result = checkLevel(history, level.name, conventions, budget);
  if (result.verdict !== 'fail') return result;
  const share = { ...budget, steps: Math.ceil(budget.steps / 8) };
  const held = strongestWithout(history, level, conventions, share);
  return { ...result, next: [...(result.next ?? []), stillHolds(held)] };
}
