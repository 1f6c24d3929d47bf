/**
 * Whether faults touched anything. One that did not has shown nothing of the system, so a run with
 * it is not green by accident.
 */
import type { Facts, FaultFact } from '../../checks/checker.ts';
import { countedWords, feltWords, touchesOf } from '../../sim/fault.ts';
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import type { Judged } from '../result.ts';
import type { Expectation, Scenario } from '../scenario.ts';
import { unexercised } from './judged.ts';

/** The faults of a name or kind; all of them for null and for `faults`. */
export function faultsNamed(of: string | null, facts: Facts): readonly FaultFact[] {
  if (of === null || of === 'faults') return facts.faults;
  return facts.faults.filter(({ name, kind }) => name === of || kind === of);
}

/**
 * Every entry of the name or kind must have touched something with one of its strikes: one that did
 * not might as well not be there. Where all are asked for, those that may miss count if they did
 * not.
 */
export function judgeFelt(
  { text, fault }: Expectation & { readonly kind: 'felt' },
  scenario: Scenario,
  facts: Facts,
): Judged {
  const named = entriesOf(faultsNamed(fault, facts));
  if (named.length === 0) return unexercised(text, notThere(fault, facts));
  const excused = fault === null || fault === 'faults' ? mayMiss(scenario) : null;
  const entries = named.filter(
    (strikes) => touchesOfAll(strikes) > 0 || excused?.has(strikes[0]?.name ?? '') !== true,
  );
  if (entries.length === 0) return unexercised(text, 'all of them may miss, and did');
  const vacuous = entries.filter((strikes) => touchesOfAll(strikes) === 0);
  const [first] = vacuous;
  const measured = `${entries.length - vacuous.length} of ${entries.length} had an effect`;
  if (first !== undefined) {
    const because = `${first[0]?.name} ${howItPassed(first)}`;
    return { text, state: 'violated', measured, because, check: null };
  }
  const shown = entries.length <= FELT_SHOWN ? entries : [leastFelt(entries)];
  const told = shown.map((strikes) => `${strikes[0]?.name} ${whatItTouched(strikes)}`).join('; ');
  const because = entries.length <= FELT_SHOWN ? told : `the least: ${told}`;
  return { text, state: 'held', measured, because, check: null };
}

/**
 * What nobody asked about and yet is no success: a fault that touched nothing has shown nothing of
 * the system. A fault may be allowed to miss, and one that `felt` asks about is judged there.
 */
export function unfeltEntries(scenario: Scenario, facts: Facts): readonly Judged[] {
  const excused = mayMiss(scenario);
  const asked = scenario.expect.flatMap((each) => (each.kind === 'felt' ? [each.fault] : []));
  const isAsked = ({ name, kind }: FaultFact) =>
    asked.some((fault) => [null, 'faults', name, kind].includes(fault));
  return entriesOf(facts.faults).flatMap((strikes) => {
    const [first] = strikes;
    if (first === undefined || touchesOfAll(strikes) > 0) return [];
    if (excused.has(first.name) || isAsked(first)) return [];
    const because = `${first.name} ${howItPassed(strikes)}; \`may-miss: true\` beside it allows that`;
    return [unexercised(`felt ${first.name}`, because)];
  });
}

/** The names of faults and nemeses beside which `may-miss: true` stands. */
function mayMiss({ faults, nemeses = [] }: Scenario): ReadonlySet<string> {
  const written = faults.filter((one) => one.mayMiss === true);
  const drawn = nemeses.filter((one) => one.mayMiss === true);
  return new Set([
    ...written.map(({ name, strikeOf }) => strikeOf?.name ?? name),
    ...drawn.map(({ name }) => name),
  ]);
}

/** Of more entries than this only the one that touched least is shown. */
const FELT_SHOWN = 3;

/** The strikes of one entry of the scenario. */
type Strikes = readonly FaultFact[];

/** Those of a nemesis, of whatever kind, are strikes of one. */
function entriesOf(faults: readonly FaultFact[]): readonly Strikes[] {
  const entries = new Map<string, FaultFact[]>();
  for (const fault of faults) {
    const strikes = entries.get(fault.name);
    if (strikes === undefined) entries.set(fault.name, [fault]);
    else strikes.push(fault);
  }
  return [...entries.values()];
}

/** A kind that no entry has is one that a nemesis might have drawn. */
function notThere(fault: string | null, { nemeses }: Facts): string {
  const [nemesis] = nemeses;
  if (fault === null || nemesis === undefined) return 'there is no such fault in the scenario';
  const drawn = nemeses.some(({ kinds }) => kinds.includes(fault));
  return drawn
    ? `${nemesis.name} had no occasion for ${fault}`
    : `${nemesis.name} did not draw ${fault} with this seed`;
}

function leastFelt(entries: readonly Strikes[]): Strikes {
  return entries.reduce((least, one) => (touchesOfAll(one) < touchesOfAll(least) ? one : least));
}

function touchesOfAll(strikes: Strikes): number {
  return strikes.reduce((total, { felt }) => total + touchesOf(felt), 0);
}

function howItPassed(strikes: Strikes): string {
  const [first] = strikes;
  if (first === undefined || first.injectedAtUs === null) return first?.missed ?? 'never struck';
  const { label, injectedAtUs } = first;
  const often = strikes.length === 1 ? '' : `${formatCount(strikes.length)} times, first `;
  return `struck ${often}${label} at ${formatMomentUs(injectedAtUs)}, and had no effect`;
}

function whatItTouched(strikes: Strikes): string {
  const sum = (of: (strike: FaultFact) => number) => {
    return strikes.reduce((total, strike) => total + of(strike), 0);
  };
  const counts: readonly (readonly [number, string])[] = [
    ...feltWords.map(({ counter, full }): [number, string] => [sum((s) => s.felt[counter]), full]),
    [sum(({ operationsTouched }) => operationsTouched), 'operations in flight'],
  ];
  const told = counts
    .filter(([count]) => count > 0)
    .map(([count, words]) => countedWords(formatCount(count), words))
    .join(', ');
  return strikes.length === 1 ? told : `${formatCount(strikes.length)} strikes: ${told}`;
}
