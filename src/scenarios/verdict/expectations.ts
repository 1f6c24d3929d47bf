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
import type { History } from '../../sim/history.ts';
import { formatCount, formatDurationUs, formatMeasured, formatMomentUs } from '../../sim/units.ts';
import type { ExpectationState, Judged, RunError, Tradeoff } from '../result.ts';
import type { Expectation, Scenario, WindowSpec } from '../scenario.ts';
import { compares } from '../values/comparison.ts';
import { breakdownOf } from './breakdown.ts';
import { faultsNamed, judgeFelt, unfeltEntries } from './felt.ts';
import { unexercised, unknown } from './judged.ts';
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
  /** Labels that are expected, as text, where no battery was made: no single run can judge them. */
  readonly labels: readonly string[];
  /** The worst; `never exercised` when nothing is expected. */
  readonly state: ExpectationState;
}

/**
 * `tradeoff` is what a battery found, for who expects a label; null: none was made, and the labels
 * are not judged.
 */
export function judge(
  scenario: Scenario,
  history: History,
  facts: Facts,
  tradeoff: Tradeoff | null = null,
): Judgement {
  const checks = new Map<string, CheckResult>();
  const judge = (expectation: Expectation) => {
    if (expectation.kind === 'tradeoff') return judgeTradeoff(expectation, tradeoff as Tradeoff);
    return withBudget(judgeOne(scenario, expectation, history, facts, checks), facts);
  };
  const unmeasured = scenario.expect.filter(({ kind }) => kind === 'tradeoff' && tradeoff === null);
  const asked = scenario.expect.filter((one) => !unmeasured.includes(one));
  const judged = asked.filter((one) => !isShare(one)).map(judge);
  const shares = asked.filter(isShare).map(judge);
  if (judged.length + shares.length > 0) judged.push(...unfeltEntries(scenario, facts));
  // Of what it demands of many seeds alone, one run can say only how it is in this one.
  const decisive = judged.length > 0 ? judged : shares;
  const state = worstState(decisive.map((one) => one.state));
  const labels = unmeasured.map(({ text }) => text);
  return { checks: [...checks.values()], judged, shares, labels, state };
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
      return judgeFelt(expectation, scenario, facts);
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
  // One checker with other arguments judges again.
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
  const number = { unit: metric.unit, value };
  const shown = {
    text,
    measured: formatMeasured(value, metric.unit),
    because,
    check: null,
    number,
  };
  if (compares(value, comparison, bound)) return { ...shown, state: 'held' };
  const breakdown = breakdownOf(expectation, opened, scenario, history, facts);
  return { ...shown, state: 'violated', breakdown };
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
  const shown = { text, check: null, number: { unit: 'ms', value: afterUs / 1000 } as const };
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
