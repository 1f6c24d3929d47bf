/**
 * Why a system does not come back: what feeds the failure, in numbers, by what kinds and policies
 * declare as their loops; the same run with a loop open; and how small a fault is enough.
 */
import type { Facts } from '../../checks/checker.ts';
import { levels, meanLevel, sampled } from '../../checks/metrics/parts/measured-values.ts';
import { grownCounts, type Recovery, SPAN_US } from '../../checks/metrics/recovery.ts';
import type { Loop, LoopTable } from '../../sim/loop.ts';
import type { Measure, MeasureUnit } from '../../sim/measure.ts';
import { formatCount, formatMeasured, formatRatio } from '../../sim/units.ts';
import { measuresOf } from '../declared.ts';
import type { Metastability } from '../result.ts';
import type { FaultSpec, GroupSpec, PolicySpec, Scenario } from '../scenario.ts';

/** What is measured of an expectation `recovers` that nothing but a loop explains. */
export const METASTABLE = 'metastable';

/** As much more than before that first attempts alone may be too much. */
const MORE = 1.1;
/** Standard deviations that chance may add to a rate. */
const CHANCE = 3;

/** More is asked at the end than before the fault. */
export function isOverload({ askedBefore, askedAfter, samples }: Recovery): boolean {
  const spread = samples === 0 ? 0 : CHANCE / Math.sqrt(samples / 2);
  return askedAfter > askedBefore * (MORE + spread);
}

// --- In numbers ----------------------------------------------------------------------------------

/** Numbers in one sentence. */
const TOLD_MAX = 5;

/** What is much more at the end than before the fault: the work of loops first. */
export function whatFeeds(found: Recovery, scenario: Scenario, facts: Facts): string {
  const { askedBefore, askedAfter } = found;
  if (isOverload(found)) {
    return `${rate(askedBefore)} asked before, ${rate(askedAfter)} at the end: too much without any loop`;
  }
  const grown = grownCounts(found, facts);
  const added = new Set(loopsOf(scenario).flatMap(({ measure }) => measure ?? []));
  const byLoops = grown
    .filter(({ name }) => added.has(name))
    .map(({ name, before, after }) => {
      const shares = [before / (askedBefore + before), after / (askedAfter + after)];
      return `${name} ${shares.map(formatRatio).join(' → ')} of all attempts`;
    });
  const others = grown
    .filter(({ name }) => !added.has(name))
    .map(({ name, before, after }) => `${name} ${round(before)} → ${rate(after)}`);
  const told = [...byLoops, ...grownLevels(found, scenario, facts), ...others].slice(0, TOLD_MAX);
  return told.length === 0 ? 'nothing that is measured grew' : `what grew: ${told.join(', ')}`;
}

/** Levels and times whose mean is twice as large at the end: queues, ages. */
function grownLevels(found: Recovery, scenario: Scenario, facts: Facts): readonly string[] {
  const before = [{ fromUs: 0, untilUs: found.struckUs }];
  const after = [{ fromUs: found.endUs - SPAN_US, untilUs: found.endUs }];
  return scenario.groups.flatMap((group) =>
    Object.entries(measuresOf(group)).flatMap(([name, measure]) => {
      const unit = unitOf(measure);
      if (unit === null) return [];
      const was = meanOf(name, measure, group, before, facts);
      const is = meanOf(name, measure, group, after, facts);
      if (is === null || is < 1 || is <= 2 * (was ?? 0)) return [];
      const [low, high] = [was ?? 0, is].map((value) => formatMeasured(rounded(value), unit));
      return [`mean ${name}(${group.name}) ${low} → ${high}`];
    }),
  );
}

function unitOf(measure: Measure): MeasureUnit | null {
  return 'ratio' in measure || measure.sort === 'count' ? null : measure.unit;
}

function meanOf(
  name: string,
  measure: Measure,
  { nodes }: GroupSpec,
  windows: readonly { readonly fromUs: number; readonly untilUs: number }[],
  facts: Facts,
): number | null {
  const series = facts.measured.series.filter((one) => {
    return one.name === name && nodes.includes(one.node);
  });
  if (series.length === 0) return null;
  if ('sort' in measure && measure.sort === 'gauge') return meanLevel(levels(series, windows));
  const { sum, values } = sampled(series, windows);
  return values.length === 0 ? null : sum / values.length;
}

function rounded(value: number): number {
  return value >= 10 ? Math.round(value) : value;
}

function round(perSecond: number): string {
  return formatCount(Math.round(perSecond));
}

function rate(perSecond: number): string {
  return `${round(perSecond)}/s`;
}

// --- Loops ---------------------------------------------------------------------------------------

/** A loop of a scenario, and the scenario with it open. */
export interface OpenLoop {
  /** `retries (app to db)`, `old work (db)`. */
  readonly name: string;
  readonly doc: string;
  readonly measure: string | null;
  readonly scenario: Scenario;
}

/**
 * The loops that kinds and policies of the scenario declare, of those that are not open already.
 */
export function loopsOf(scenario: Scenario): readonly OpenLoop[] {
  const ofGroups = scenario.groups.flatMap((group, g) => [
    ...loopsIn(group.system.loops, group.params).map(([name, loop]) => {
      const open = { ...group, params: { ...group.params, ...loop.open } };
      return opened(`${name} (${group.name})`, loop, withGroup(scenario, g, open));
    }),
    ...callLoops(group.calls, group.name).map(([name, loop, calls]) => {
      return opened(name, loop, withGroup(scenario, g, { ...group, calls }));
    }),
  ]);
  const ofLoads = scenario.loads.flatMap((load, l) =>
    callLoops(load.calls ?? new Map(), load.name).map(([name, loop, calls]) => {
      const loads = scenario.loads.map((one, i) => (i === l ? { ...one, calls } : one));
      return opened(name, loop, { ...scenario, loads });
    }),
  );
  return [...ofGroups, ...ofLoads];
}

function opened(name: string, { doc, measure }: Loop, scenario: Scenario): OpenLoop {
  return { name, doc, measure: measure ?? null, scenario };
}

function withGroup(scenario: Scenario, index: number, group: GroupSpec): Scenario {
  return { ...scenario, groups: scenario.groups.map((one, i) => (i === index ? group : one)) };
}

type Calls = ReadonlyMap<string, readonly PolicySpec[]>;

/** Each loop of the policies around calls, with the calls in which it is open. */
function callLoops(calls: Calls, caller: string): readonly (readonly [string, Loop, Calls])[] {
  return [...calls].flatMap(([target, policies]) =>
    policies.flatMap(({ policy, params }, p) =>
      loopsIn(policy.loops, params).map(([name, loop]): [string, Loop, Calls] => {
        const open = policies.map((one, i) =>
          i === p ? { policy, params: { ...params, ...loop.open } } : one,
        );
        return [`${name} (${caller} to ${target})`, loop, new Map(calls).set(target, open)];
      }),
    ),
  );
}

/** Those that are there with these parameters, and not open. */
function loopsIn(
  loops: LoopTable | undefined,
  params: { readonly [name: string]: unknown },
): readonly (readonly [string, Loop])[] {
  return Object.entries(loops ?? {}).filter(([, { open, only = {} }]) => {
    const isThere = Object.entries(only).every(([key, values]) => {
      return (values as readonly unknown[]).includes(params[key]);
    });
    return isThere && Object.entries(open).some(([key, value]) => params[key] !== value);
  });
}

// --- Degree --------------------------------------------------------------------------------------

/**
 * The one fault whose length may be varied: it strikes once, at a time, and heals; null if there is
 * none, or several.
 */
export function triggerOf({ faults }: Scenario, named: string | null): FaultSpec | null {
  const meant = faults.filter(({ name, fault }) => {
    return named === null || named === 'faults' || name === named || fault.name === named;
  });
  const [only] = meant;
  if (only === undefined || meant.length > 1) return null;
  return only.forUs === null || only.repeat != null || only.when != null ? null : only;
}

/** The scenario in which this fault lasts as long. */
export function withLength(scenario: Scenario, fault: FaultSpec, forUs: number): Scenario {
  const faults = scenario.faults.map((one) => (one === fault ? { ...one, forUs } : one));
  return { ...scenario, faults };
}

/** The bisection stops when the two are so near, as a share of the whole length. */
const NEAR = 1 / 64;

/**
 * Halves between a length that passes (0) and one that sticks (as written). `sticks` runs the
 * scenario; null ends the search where it is.
 */
export function degreeOf(
  scenario: Scenario,
  fault: FaultSpec,
  sticks: (varied: Scenario) => boolean | null,
): NonNullable<Metastability['degree']> {
  const ofUs = fault.forUs ?? 0;
  let passesUs = 0;
  let sticksUs = ofUs;
  while (sticksUs - passesUs > Math.max(1000, ofUs * NEAR)) {
    const middleUs = Math.round((passesUs + sticksUs) / 2);
    const stuck = sticks(withLength(scenario, fault, middleUs));
    if (stuck === null) break;
    if (stuck) sticksUs = middleUs;
    else passesUs = middleUs;
  }
  return { fault: fault.name, passesUs, sticksUs, ofUs };
}
