/**
 * What the seeds of a scenario say together: an expectation that must hold in a number of them, or
 * in a share of them, with the confidence that their number gives.
 *
 * The verdict is about the seeds that ran, which are always the same ones; what that says of all
 * seeds is an interval of 95% beside it (Wilson 1927, as for a sweep).
 */
import { wilson } from '../../sim/proportion.ts';
import { formatCount, formatRatio, formatRatioUp, formatShare } from '../../sim/units.ts';
import type {
  ExpectationState,
  Judged,
  JudgedDemand,
  Result,
  TestedExpectation,
  TestedExpectations,
} from '../result.ts';
import type { Expectation, SeedDemand } from '../scenario.ts';
import { isShare } from './expectations.ts';

export type SeededExpectations = TestedExpectations & { readonly seed: string };

/**
 * With their lines. What is judged besides them, such as a fault that touched nothing, has none.
 */
export function testedExpectations({
  scenario,
  judged,
  shares = [],
  labels = [],
}: Pick<Result, 'scenario' | 'judged' | 'shares' | 'labels'>): TestedExpectations {
  const test = (of: readonly Judged[], written: readonly Expectation[]) =>
    of.map(({ text, state, measured }, i) => {
      const { position, over } = written[i] ?? { position: null };
      return { text, state, measured, line: position?.line ?? null, over: over ?? null };
    });
  return {
    expectations: test(
      judged,
      scenario.expect.filter((one) => !isShare(one) && !labels.includes(one.text)),
    ),
    shares: test(shares, scenario.expect.filter(isShare)),
  };
}

/**
 * The state of one run among many: what only many seeds can break, one cannot. `judgesLabels`:
 * whether the labels that are expected are judged in another of these runs.
 */
export function stateAmongSeeds(
  {
    state,
    judged,
    shares,
    labels,
    error,
  }: Pick<Result, 'state' | 'judged' | 'shares' | 'labels' | 'error'>,
  judgesLabels = false,
): ExpectationState {
  const elsewhere = shares ?? (judgesLabels ? labels : undefined);
  return judged.length === 0 && elsewhere !== undefined && error === null ? 'held' : state;
}

/** Every demand of a scenario's runs, in the order written. */
export function judgeDemands(runs: readonly SeededExpectations[]): readonly JudgedDemand[] {
  // A run that stopped early has none.
  const first = runs.find((run) => demandsOf(run).length > 0);
  return demandsOf(first).map(({ text, over, line }) => {
    const judged = runs.flatMap((run) => {
      const one = demandsOf(run).find((each) => each.text === text);
      return one === undefined ? [] : [{ seed: run.seed, state: one.state }];
    });
    return { text, line, ...judgeDemand(over, judged) };
  });
}

type Demanding = TestedExpectation & { readonly over: SeedDemand };

function demandsOf(run: TestedExpectations | undefined): readonly Demanding[] {
  const all = [...(run?.expectations ?? []), ...(run?.shares ?? [])];
  return all.filter((one): one is Demanding => one.over !== null);
}

type SeedState = { readonly seed: string; readonly state: ExpectationState };

function judgeDemand(
  demand: SeedDemand,
  judged: readonly SeedState[],
): Omit<JudgedDemand, 'text' | 'line'> {
  const told = judged.filter(({ state }) => state === 'held' || state === 'violated');
  const held = told.filter(({ state }) => state === 'held').length;
  const of = told.length;
  const seed = judged.find(({ state }) => state === 'violated')?.seed ?? null;
  const counts = { held, of, seed };
  if (of === 0) {
    const state = judged.some((one) => one.state === 'unknown') ? 'unknown' : 'never exercised';
    return { ...counts, state, sentence: `${state} in every seed` };
  }
  return demand.kind === 'all'
    ? judgeAll(demand.seeds, judged, counts)
    : judgeShare(demand.share, counts);
}

interface Counts {
  readonly held: number;
  readonly of: number;
  readonly seed: string | null;
}

function judgeAll(
  wanted: number,
  judged: readonly SeedState[],
  counts: Counts,
): Omit<JudgedDemand, 'text' | 'line'> {
  const { held, of } = counts;
  const confidence = confidenceText(held, of);
  if (held < of) {
    return {
      ...counts,
      state: 'violated',
      sentence: `held in ${held} of ${of} seeds; ${confidence}`,
    };
  }
  const open = judged.length - of;
  const sentence = `held in ${of === 1 ? 'the one seed' : `all ${formatCount(of)} seeds`}; ${confidence}`;
  if (of >= wanted) return { ...counts, state: 'held', sentence };
  const why = open > 0 ? `, ${open} told nothing` : '';
  return {
    ...counts,
    state: 'unknown',
    sentence: `${sentence}; ${formatCount(wanted)} are demanded${why}`,
  };
}

function judgeShare(share: number, counts: Counts): Omit<JudgedDemand, 'text' | 'line'> {
  const { held, of } = counts;
  const sentence = `held in ${held} of ${of} seeds (${formatRatio(held / of)}); ${confidenceText(held, of)}`;
  const fewest = share >= 1 ? 1 : Math.ceil(1 / (1 - share) - 1e-9);
  // So few seeds could not have told the share from another, unless it is out of all reach.
  if (of < fewest && wilson(held, of).high >= share) {
    return {
      ...counts,
      state: 'unknown',
      sentence: `${sentence}; at least ${fewest} seeds can tell ${formatShare(share)} from all`,
    };
  }
  // Counts are whole, and 0.95 * 20 is not quite 19.
  const state = held >= share * of - 1e-9 ? 'held' : 'violated';
  return { ...counts, state, sentence };
}

/** What the seeds that ran say of all seeds. */
function confidenceText(held: number, of: number): string {
  const { low, high } = wilson(held, of);
  if (held === of) return `of all seeds at least ${formatRatio(low)} hold (95% confidence)`;
  return `of all seeds ${formatRatio(low)} to ${formatRatioUp(high)} hold (95% confidence)`;
}
