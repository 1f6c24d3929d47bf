/**
 * One scenario under many seeds: what each came to, what they say together, and one failure whole.
 * Pure and synchronous, as `simulate` is.
 */
import type { ExpectationState, Exploration, ExploredRun, Result } from './result.ts';
import type { Scenario } from './scenario.ts';
import { type Read, type SimulateOptions, scenarioOf, simulate } from './simulate.ts';
import { readSeedRange, seedsOf } from './values/seed-ranges.ts';
import { judgeDemands, stateAmongSeeds, testedExpectations } from './verdict/demands.ts';
import { worstState } from './verdict/expectations.ts';

/** A scenario as `loadScenario` reads it: to be had under any seed. */
export interface SeededRead extends Read {
  withSeed(seed: string): Read;
}

export interface ExploreOptions {
  /**
   * `1..50`, or seeds one by one. Without it those of the scenario's `seeds:`, else its one seed.
   */
  readonly seeds?: string | Iterable<string | number>;
  /** Stop after this many seeds that did not hold. */
  readonly bail?: number;
  /** Freeze messages, digest their texts, check invariants after every event. */
  readonly strict?: boolean;
  /** Stop a run after this many events. */
  readonly eventsMax?: number;
}

/**
 * Runs a scenario under each of its seeds. Throws ScenarioError where it has errors, RangeError for
 * seeds that are none. Expected labels of CAP and PACELC are not judged: a scenario that expects
 * nothing else is never exercised.
 */
export function explore(of: SeededRead, options: ExploreOptions = {}): Exploration {
  const { name, ...own } = scenarioOf(of);
  const { bail = Number.POSITIVE_INFINITY, strict = false, eventsMax } = options;
  const asked: SimulateOptions = {
    strict,
    checkInvariants: strict,
    ...(eventsMax === undefined ? {} : { eventsMax }),
  };
  const seeds = seedsWanted(options.seeds, own);
  const runs: ExploredRun[] = [];
  let failure: { readonly state: ExpectationState; readonly result: Result } | null = null;
  let failed = 0;
  for (const seed of seeds) {
    if (failed >= bail) break;
    const result = simulate(of.withSeed(seed), asked);
    const state = stateAmongSeeds(result);
    runs.push({
      seed,
      state,
      digests: result.digests,
      label: result.cap?.letters ?? null,
      events: result.events,
      ...testedExpectations(result),
    });
    if (state === 'held') continue;
    failed++;
    if (failure === null || worstState([failure.state, state]) !== failure.state) {
      failure = { state, result };
    }
  }
  const demands = runs.length === seeds.length ? judgeDemands(runs) : [];
  const states = [...runs, ...demands].map((one) => one.state);
  return {
    name,
    state: worstState(states),
    runs,
    planned: seeds.length,
    demands,
    failure: failure?.result ?? null,
  };
}

function seedsWanted(
  wanted: ExploreOptions['seeds'],
  { seed, seeds }: Pick<Scenario, 'seed' | 'seeds'>,
): readonly string[] {
  if (wanted === undefined) return seeds === undefined ? [seed] : seedsOf(seeds);
  if (typeof wanted !== 'string') return [...new Set([...wanted].map(String))];
  const range = readSeedRange(wanted);
  if (typeof range === 'string') throw new RangeError(`${JSON.stringify(wanted)}: ${range}`);
  return seedsOf([range]);
}
