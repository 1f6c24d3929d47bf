/**
 * How consistent a history is: which models of consistency it keeps, from the strongest down. For
 * registers these are the levels of the hierarchy; for transactions the levels of isolation; for
 * everything else linearizability, and what is promised for that kind of object.
 */
import bank from '../../checks/bank/index.ts';
import causal from '../../checks/causal/index.ts';
import { impliedBy, LEVELS } from '../../checks/causal/levels.ts';
import type { AnyChecker, CheckResult, Facts, Verdict } from '../../checks/checker.ts';
import converged from '../../checks/converged/index.ts';
import counter from '../../checks/counter/index.ts';
import eventual from '../../checks/eventual/index.ts';
import { checkLevel } from '../../checks/hierarchy/level-check.ts';
import { findStrongest } from '../../checks/hierarchy/strongest.ts';
import { judgedBy, loadsJudgedBy } from '../../checks/judged-loads.ts';
import linearizable from '../../checks/linearizable/index.ts';
import mutualExclusion from '../../checks/mutual-exclusion/index.ts';
import pnCounter from '../../checks/pn-counter/index.ts';
import regular from '../../checks/regular/index.ts';
import { DEFAULT_BUDGET } from '../../checks/search/turns.ts';
import sequential from '../../checks/sequential/index.ts';
import setFull from '../../checks/set-full/index.ts';
import totalQueue from '../../checks/total-queue/index.ts';
import transactions from '../../checks/transactions/index.ts';
import register from '../../interfaces/register.ts';
import type { History } from '../../sim/history.ts';
import { type Interface, isWrite } from '../../sim/interface.ts';
import type { Claim } from '../../sim/system.ts';

/** Each level of a hopeless history may search for this many steps. */
const BUDGET = { ...DEFAULT_BUDGET, steps: Math.ceil(DEFAULT_BUDGET.steps / 100) };

/** From the strongest to the weakest; those of one interface follow each other. */
const LADDER: readonly AnyChecker[] = [
  linearizable,
  sequential,
  ...[...transactions].reverse(),
  bank,
  ...mutualExclusion,
  setFull,
  totalQueue,
  pnCounter,
  counter,
  ...causal,
  converged,
  eventual,
];

/** Of registers, and no levels of the hierarchy: linearizability implies them, and nothing else. */
const BESIDE: readonly AnyChecker[] = [regular, eventual];

/** The name of the level without stale reads. */
export const REGULAR = regular.name;

/** What C of CAP means for an object: the levels that are as strong as one copy. */
const ONE_COPY: ReadonlySet<string> = new Set(['linearizable', 'strict-serializable', 'bank']);

export interface Levels {
  readonly checkers: readonly AnyChecker[];
  /** From the strongest to the weakest. */
  readonly names: readonly string[];
  /** The level that one copy would keep; null if there is none for this interface. */
  readonly oneCopy: string | null;
}

export function levelsOf(asks: Interface): Levels {
  const checkers = LADDER.filter((one) => loadsJudgedBy(one, { loads: [{ asks }] }).length > 0);
  const names =
    asks === register
      ? [...LEVELS, ...BESIDE].map(({ name }) => name)
      : checkers.map(({ name }) => name);
  const [top = ''] = names;
  return { checkers, names, oneCopy: ONE_COPY.has(top) ? top : null };
}

/**
 * The levels that a store promises, whatever calm runs happened to keep besides. null: it promises
 * nothing that is known here, and is held to what calm runs show. Whether a promise is said to hold
 * in a cut makes no difference: to break in a cut what one keeps otherwise is what is measured.
 */
export function promisedLevels(
  asks: Interface,
  claims: readonly Claim[],
): ReadonlySet<string> | null {
  const { names } = levelsOf(asks);
  const promised = claims.map(({ checker }) => checker).filter((name) => names.includes(name));
  if (promised.length === 0) return null;
  if (asks === register) {
    if (promised.includes('linearizable')) return new Set(names);
    const levels = LEVELS.filter(({ name }) => promised.includes(name)).flatMap(impliedBy);
    return new Set([...promised, ...levels.map(({ name }) => name)]);
  }
  const [strongest] = names.flatMap((name, i) => (promised.includes(name) ? i : []));
  return strongest === undefined ? null : new Set(names.slice(strongest));
}

export interface Consistency {
  /** By level, from the strongest. What follows from a stronger level passes without a search. */
  readonly verdicts: readonly (readonly [level: string, verdict: Verdict])[];
  /** The result of the strongest level, and of the strongest that failed after it. */
  readonly top: CheckResult;
}

/** Judges what one load did, on one object. */
export function consistencyOf(asks: Interface, history: History, facts: Facts): Consistency {
  return asks === register ? ofRegisters(history, facts) : ofOthers(asks, history, facts);
}

function ofRegisters(history: History, facts: Facts): Consistency {
  const { operations, objectOf } = judgedBy({ judges: [register] }, history, facts);
  const [first] = operations;
  const several = operations.some((one) => objectOf(one) !== objectOf(first ?? one));
  const conventions = several ? { objectOf } : {};
  // Most runs of most stores end here. Each process waits for its answers, so all else follows.
  const top = checkLevel(operations, 'linearizable', conventions, BUDGET);
  if (top.verdict === 'pass') {
    return { verdicts: levelsOf(register).names.map((name) => [name, 'pass']), top };
  }
  const { holds, results, undecided } = findStrongest(operations, conventions, BUDGET);
  const held = new Set(holds.flatMap((level) => [level, ...impliedBy(level)]));
  const verdicts = LEVELS.map((level): [string, Verdict] => [
    level.name,
    held.has(level) ? 'pass' : undecided.includes(level) ? 'unknown' : 'fail',
  ]);
  const settled = withoutLate(history, facts);
  verdicts.push([REGULAR, regular.check(history, facts).verdict]);
  verdicts.push([eventual.name, eventual.check(settled, facts).verdict]);
  return { verdicts, top: results.get('linearizable') ?? top };
}

/**
 * Without the final reads of keys that were written after the end, when each probe finds out
 * whether the store answers: they follow so closely that a copy need not have it.
 */
function withoutLate(history: History, { durationUs }: Facts): History {
  const late = new Set(
    history
      .filter(({ f, invokedAtUs }) => isWrite(register, f) && invokedAtUs >= durationUs)
      .map(({ key }) => key),
  );
  return history.filter(
    ({ f, key, invokedAtUs }) => invokedAtUs < durationUs || !late.has(key) || isWrite(register, f),
  );
}

function ofOthers(asks: Interface, history: History, facts: Facts): Consistency {
  const verdicts: [string, Verdict][] = [];
  let top: CheckResult | null = null;
  for (const checker of levelsOf(asks).checkers) {
    // One copy keeps all that is promised of several.
    if (top !== null && top.verdict === 'pass' && ONE_COPY.has(top.checker)) {
      verdicts.push([checker.name, 'pass']);
      continue;
    }
    const result = checker.check(history, facts);
    top ??= result;
    verdicts.push([checker.name, result.verdict]);
  }
  if (top === null) throw new RangeError(`nothing judges ${asks.name}`);
  return { verdicts, top };
}
