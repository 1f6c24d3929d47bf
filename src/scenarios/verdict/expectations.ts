/**
 * Judges a run by what its scenario expects. Never green by accident: `held` needs something that
 * was put to the test. What was not is `never exercised`: a window of a fault that never struck, a
 * metric without a sample, a check that passed over a history in which nothing succeeded, a
 * scenario that expects nothing at all.
 */
import type {
  AnyChecker,
  CheckResult,
  Facts,
  FaultFact,
  LivenessFact,
  LivenessState,
  Window,
} from '../../checks/checker.ts';
import { loadsJudgedBy } from '../../checks/judged-loads.ts';
import { complement, disjoint } from '../../checks/metrics/parts/windows.ts';
import { recoveryOf, recoveryText } from '../../checks/metrics/recovery.ts';
import { countedWords, feltWords, touchesOf } from '../../sim/fault.ts';
import type { History } from '../../sim/history.ts';
import { formatCount, formatDurationUs, formatMeasured, formatMomentUs } from '../../sim/units.ts';
import type { ExpectationState, Judged, RunError, Tradeoff } from '../result.ts';
import type { Expectation, Scenario, WindowSpec } from '../scenario.ts';
import { compares } from '../values/comparison.ts';
import { breakdownOf } from './breakdown.ts';
import { isOverload, METASTABLE, whatFeeds } from './metastable.ts';
import { judgeTradeoff } from './tradeoff-label.ts';

export interface Judgement {
  /** Of every checker that was asked for, once for each set of arguments. */
  readonly checks: readonly CheckResult[];
  /**
   * What the run is judged by, in the order of `scenario.expect`; after them, faults that touched
   * nothing.
   */
  readonly judged: readonly Judged[];
  /** What only many seeds can hold or break, as it is in this one. */
  readonly shares: readonly Judged[];
  /** The worst; `never exercised` when nothing is expected. */
  readonly state: ExpectationState;
}

/** `tradeoff` is what a battery found, for who expects a label; null: none was made. */
export function judge(
  scenario: Scenario,
  history: History,
  facts: Facts,
  tradeoff: Tradeoff | null = null,
): Judgement {
  const checks = new Map<string, CheckResult>();
  const judge = (expectation: Expectation) => {
    if (expectation.kind === 'tradeoff') return judgeTradeoff(expectation, tradeoff);
    return withBudget(judgeOne(scenario, expectation, history, facts, checks), facts);
  };
  const judged = scenario.expect.filter((one) => !isShare(one)).map(judge);
  const shares = scenario.expect.filter(isShare).map(judge);
  if (judged.length + shares.length > 0) judged.push(...unfeltEntries(scenario, facts));
  // Of what it demands of many seeds alone, one run can say only how it is in this one.
  const decisive = judged.length > 0 ? judged : shares;
  const state = worstState(decisive.map((one) => one.state));
  return { checks: [...checks.values()], judged, shares, state };
}

/** No run by itself can break it. */
export function isShare({ over }: Expectation): boolean {
  return over?.kind === 'share';
}

/** A violation is worth less once a nemesis has done what the system never claimed to survive. */
function withBudget(judged: Judged, { nemeses }: Facts): Judged {
  const since = nemeses.flatMap(({ beyond }) => beyond[0]?.split(':')[0] ?? [])[0];
  if (judged.state !== 'violated' || since === undefined) return judged;
  return { ...judged, because: `${judged.because} (beyond the budget since ${since})` };
}

/**
 * A run that broke is a violation. One that was stopped before its time proves nothing of what was
 * to come: what it had too few of by then may be violated or not, but what a checker has refuted
 * stays refuted.
 */
export function afterError(
  error: RunError | null,
  verdict: ExpectationState,
  checks: readonly CheckResult[],
): ExpectationState {
  if (error === null) return verdict;
  if (error.kind !== 'max-events' && error.kind !== 'interrupted') return 'violated';
  return checks.some((check) => check.verdict === 'fail') ? 'violated' : 'unknown';
}

const WORST_FIRST: readonly ExpectationState[] = ['violated', 'unknown', 'never exercised', 'held'];

/** violated, else unknown, else never exercised, else held. Of nothing: never exercised. */
export function worstState(states: readonly ExpectationState[]): ExpectationState {
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'never exercised';
}

function judgeOne(
  scenario: Scenario,
  expectation: Exclude<Expectation, { readonly kind: 'tradeoff' }>,
  history: History,
  facts: Facts,
  checks: Map<string, CheckResult>,
): Judged {
  switch (expectation.kind) {
    case 'check':
      return judgeCheck(expectation, history, facts, checks);
    case 'metric':
      return judgeMetric(expectation, scenario, history, facts);
    case 'sometimes':
      return judgeSometimes(expectation, facts);
    case 'felt':
      return judgeFelt(expectation, facts);
    case 'live':
      return judgeLive(expectation, facts);
    case 'recovers':
      return judgeRecovers(expectation, scenario, history, facts);
    case 'never':
      return judgeNever(expectation, facts);
  }
}

type Of<Kind extends Expectation['kind']> = Expectation & { readonly kind: Kind };

// --- Checks ------------------------------------------------------------------------------------

function judgeCheck(
  { text, checker, args }: Of<'check'>,
  history: History,
  facts: Facts,
  checks: Map<string, CheckResult>,
): Judged {
  // One checker with other arguments judges anew.
  const asked = `${checker.name} ${JSON.stringify(args)}`;
  const check = checks.get(asked) ?? checker.check(history, facts, args);
  checks.set(asked, check);
  const { verdict, summary, reasons } = check;
  const shown = { text, measured: summary, check };
  if (verdict !== 'pass') {
    const state = verdict === 'fail' ? 'violated' : 'unknown';
    return { ...shown, state, because: reasons[0] ?? summary };
  }
  const judged = check.numbers['judged'] ?? countOk(checker, history, facts);
  if (judged > 0) {
    const because = `${formatCount(judged)} ${judged === 1 ? 'answer' : 'answers'} could have been wrong`;
    return { ...shown, state: 'held', because };
  }
  const ok = formatCount(countOk(checker, history, facts));
  const because = `none of its ${ok} answered operations could have been wrong: nothing was read`;
  return { ...shown, state: 'never exercised', because };
}

/** Operations that the checker judges and that ended ok. */
function countOk(checker: AnyChecker, history: History, facts: Facts): number {
  const loads = new Set(loadsJudgedBy(checker, facts).map(({ name }) => name));
  let count = 0;
  for (const { load, outcome } of history) if (outcome === 'ok' && loads.has(load)) count++;
  return count;
}

// --- Metrics -----------------------------------------------------------------------------------

function judgeMetric(
  expectation: Of<'metric'>,
  scenario: Scenario,
  history: History,
  facts: Facts,
): Judged {
  const { text, metric, args, comparison, value: bound, window } = expectation;
  const opened = windowsOf(window, facts);
  if (typeof opened === 'string') return unexercised(text, opened);
  const measurement = metric.measure(args, opened, history, facts);
  const { value, because } = measurement;
  if (measurement.isUnknown === true) return unknown(text, because);
  if (value === null) return unexercised(text, because);
  if (Number.isNaN(value)) return unknown(text, because, 'not a number');
  const measured = formatMeasured(value, metric.unit);
  if (compares(value, comparison, bound)) {
    return { text, state: 'held', measured, because, check: null };
  }
  const breakdown = breakdownOf(expectation, opened, scenario, history, facts);
  return { text, state: 'violated', measured, because, check: null, breakdown };
}

function unexercised(text: string, because: string): Judged {
  return { text, state: 'never exercised', measured: 'nothing', because, check: null };
}

function unknown(text: string, because: string, measured = 'not all was kept'): Judged {
  return { text, state: 'unknown', measured, because, check: null };
}

// --- Windows -----------------------------------------------------------------------------------

/** The windows that the words mean, in order, within the duration; a sentence if there are none. */
export function windowsOf({ when, of }: WindowSpec, facts: Facts): readonly Window[] | string {
  const whole: Window = { fromUs: 0, untilUs: facts.durationUs };
  if (when === 'run' || of === null) return disjoint([whole]);
  const named = faultsNamed(of, facts);
  const strikes = named.filter(({ injectedAtUs }) => {
    return injectedAtUs !== null && injectedAtUs < facts.durationUs;
  });
  if (strikes.length === 0) return neverStruck(of, named);
  const found = windowsAround(when, strikes, whole);
  if (found.length > 0) return found;
  if (when === 'after' && strikes.some(({ healedAtUs }) => healedAtUs === null)) {
    return `there is no after: ${of} lasted to the end`;
  }
  return `no moment of the run was ${when} ${of}`;
}

function windowsAround(
  when: 'before' | 'during' | 'after' | 'outside',
  strikes: readonly FaultFact[],
  whole: Window,
): readonly Window[] {
  const spans = strikes.map(({ injectedAtUs, healedAtUs }) => ({
    fromUs: injectedAtUs ?? whole.untilUs,
    untilUs: Math.min(healedAtUs ?? Infinity, whole.untilUs),
  }));
  switch (when) {
    case 'during':
      return disjoint(spans);
    case 'outside':
      return complement(spans, whole);
    case 'before': {
      const first = Math.min(...spans.map(({ fromUs }) => fromUs));
      return disjoint([{ fromUs: whole.fromUs, untilUs: first }]);
    }
    case 'after': {
      const last = Math.max(...spans.map(({ untilUs }) => untilUs));
      return disjoint([{ fromUs: last, untilUs: whole.untilUs }]);
    }
  }
}

/** The faults of a name or kind; all of them for null and for `faults`. */
function faultsNamed(of: string | null, facts: Facts): readonly FaultFact[] {
  if (of === null || of === 'faults') return facts.faults;
  return facts.faults.filter(({ name, kind }) => name === of || kind === of);
}

function neverStruck(of: string, named: readonly FaultFact[]): string {
  const [only] = named;
  if (named.length > 1) return `none of the ${named.length} ${of} struck`;
  return only?.missed == null ? `${of} never struck` : `${of} never struck: it ${only.missed}`;
}

// --- Live --------------------------------------------------------------------------------------

const STATE_OF_LIVENESS: { readonly [S in LivenessState]: ExpectationState } = {
  live: 'held',
  slow: 'held',
  stuck: 'violated',
  'unavailable-by-design': 'never exercised',
  'not asked': 'never exercised',
};

/**
 * A group that faults have left with fewer members than it needs is not to blame for its silence,
 * nor has it shown anything.
 */
function judgeLive({ text, group }: Of<'live'>, facts: Facts): Judged {
  const meant = facts.liveness.filter((one) => group === null || one.group === group);
  if (meant.length === 0) return unexercised(text, 'the run was stopped before it could settle');
  const states = meant.map(({ state }) => STATE_OF_LIVENESS[state]);
  const state = worstState(states);
  const worst = meant[states.indexOf(state)] ?? meant[0];
  const measured = meant.map((one) => livenessText(one, meant.length > 1)).join(', ');
  return { text, state, measured, because: worst?.because ?? '', check: null };
}

function livenessText({ group, state, afterUs }: LivenessFact, named: boolean): string {
  const after = afterUs === null ? '' : ` after ${formatDurationUs(afterUs)}`;
  return `${named ? `${group} ` : ''}${state}${after}`;
}

// --- Recovers ----------------------------------------------------------------------------------

/**
 * Metastable is what does not come back though its cause is over and no more is asked than before,
 * which it could bear (Bronson et al. 2021). Where more is asked than before, it may be too much by
 * itself.
 */
function judgeRecovers(
  { text, args, withinUs, window }: Of<'recovers'>,
  scenario: Scenario,
  history: History,
  facts: Facts,
): Judged {
  const opened = windowsOf(window, facts);
  if (typeof opened === 'string') return unexercised(text, opened);
  const found = recoveryOf(args, opened, history, facts);
  if (typeof found === 'string') return unexercised(text, found);
  const { afterUs, fromUs, endUs } = found;
  const because = recoveryText(found);
  const shown = { text, check: null };
  if (afterUs < Infinity) {
    const state = afterUs <= withinUs ? 'held' : 'violated';
    return {
      ...shown,
      state,
      measured: afterUs === 0 ? 'at once' : `after ${formatDurationUs(afterUs)}`,
      because,
    };
  }
  if (fromUs + withinUs > endUs) {
    const left = formatDurationUs(endUs - fromUs);
    return unexercised(text, `the run ends ${left} after ${window.of}: ${because}`);
  }
  const measured = isOverload(found) ? 'overload' : METASTABLE;
  return {
    ...shown,
    state: 'violated',
    measured,
    because: `${because}; ${whatFeeds(found, scenario, facts)}`,
  };
}

// --- Never -------------------------------------------------------------------------------------

function judgeNever({ text, condition }: Of<'never'>, { nevers = [] }: Facts): Judged {
  const fact = nevers.find((one) => one.condition === condition.text);
  if (fact === undefined || !fact.looked) {
    return unexercised(text, 'no node that it speaks of had an event');
  }
  const { brokenAtUs, seen } = fact;
  if (brokenAtUs === null) return { text, state: 'held', measured: seen, because: '', check: null };
  const measured = `came true at ${formatMomentUs(brokenAtUs)}`;
  return { text, state: 'violated', measured, because: seen, check: null };
}

// --- Sometimes and felt ------------------------------------------------------------------------

/** A note that one run did not make another may: that is not a violation, but nor is it shown. */
function judgeSometimes({ text, label, window }: Of<'sometimes'>, facts: Facts): Judged {
  const opened = windowsOf(window, facts);
  if (typeof opened === 'string') return unexercised(text, opened);
  const made = facts.notes.filter(({ label: noted, atUs }) => {
    return noted === label && opened.some((w) => w.fromUs <= atUs && atUs < w.untilUs);
  });
  const [first] = made;
  if (first === undefined) {
    const lost = facts.notesLost.find((one) => one.label === label);
    if (lost !== undefined && opened.some(({ untilUs }) => lost.fromUs < untilUs)) {
      return unknown(text, `${formatCount(lost.count)} notes '${label}' were not kept`);
    }
    return unexercised(text, `nobody noted '${label}' in the window`);
  }
  const because = `${first.node} noted it at ${formatMomentUs(first.atUs)}`;
  const measured = made.length === 1 ? 'once' : `${formatCount(made.length)} times`;
  return { text, state: 'held', measured, because, check: null };
}

/**
 * Every entry of the name or kind must have touched something with one of its strikes: one that did
 * not might as well not be there.
 */
function judgeFelt({ text, fault }: Of<'felt'>, facts: Facts): Judged {
  const entries = entriesOf(faultsNamed(fault, facts));
  if (entries.length === 0) return unexercised(text, notThere(fault, facts));
  const vacuous = entries.filter((strikes) => touchesOfAll(strikes) === 0);
  const [first] = vacuous;
  const measured = `${entries.length - vacuous.length} of ${entries.length} felt`;
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
function unfeltEntries(
  { expect, faults, nemeses = [] }: Scenario,
  facts: Facts,
): readonly Judged[] {
  const excused = new Set<string>();
  for (const { name, mayMiss, strikeOf } of faults) {
    if (mayMiss === true) excused.add(strikeOf?.name ?? name);
  }
  for (const { name, mayMiss } of nemeses) if (mayMiss === true) excused.add(name);
  const asked = expect.flatMap((each) => (each.kind === 'felt' ? [each.fault] : []));
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
  return `struck ${often}${label} at ${formatMomentUs(injectedAtUs)}, and touched nothing`;
}

function whatItTouched(strikes: Strikes): string {
  const sum = (of: (strike: FaultFact) => number) => {
    return strikes.reduce((total, strike) => total + of(strike), 0);
  };
  const counts: readonly (readonly [number, string])[] = [
    ...feltWords.map(({ counter, full }): [number, string] => [sum((s) => s.felt[counter]), full]),
    [sum(({ operationsTouched }) => operationsTouched), 'operations under way'],
  ];
  const told = counts
    .filter(([count]) => count > 0)
    .map(([count, words]) => countedWords(formatCount(count), words))
    .join(', ');
  return strikes.length === 1 ? told : `${formatCount(strikes.length)} strikes: ${told}`;
}
