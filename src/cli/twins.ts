/** `--twin`: the run again for each fault, with that fault's hands tied. */
import type { Metastability, Result, Twin } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Track } from '../scenarios/verdict/twin.ts';
import { turn } from './interrupts.ts';
import type { OneRun } from './one-run.ts';
import type { Session } from './session.ts';

/** Follows the run that its twins will be compared with. */
export async function newTrack(): Promise<Track> {
  const { Track } = await import('../scenarios/verdict/twin.ts');
  return new Track();
}

/** A twin for each fault, in scenario order; those that were reached when it was interrupted. */
export async function runTwins(
  run: OneRun,
  result: Result,
  track: Track,
  session: Session,
): Promise<readonly Twin[]> {
  const { compareTwins, Track, withGhost } = await import('../scenarios/verdict/twin.ts');
  const { unroll } = await import('../scenarios/nemesis/unroll.ts');
  // What a nemesis does depends on what it sees: here it does again what it did.
  const scenario = unroll(run.scenario, result.struck);
  const twins: Twin[] = [];
  const entries = new Map(run.scenario.faults.map(({ name }) => [name, [name]]));
  for (const [name, strikes] of result.struck) {
    if (strikes.length > 0)
      entries.set(
        name,
        strikes.map((strike) => strike.name),
      );
  }
  for (const [name, faults] of entries) {
    await turn();
    if (session.interrupted) break;
    const other = new Track(track);
    const ending = run.simulate(other, undefined, withGhost(scenario, ...faults));
    if (ending.kind !== 'done') break;
    twins.push(compareTwins(name, { result, track }, { result: ending.value, track: other }));
  }
  if (entries.size === 0) {
    session.console.note('--twin: the scenario has no faults to leave out');
  }
  return twins;
}

/**
 * For each expectation that ends metastable: the run with each loop open, and how long the fault
 * must last, by bisection; as much of it as an interrupt allows.
 */
export async function runLoops(
  run: OneRun,
  result: Result,
  session: Session,
): Promise<readonly Metastability[]> {
  const { METASTABLE } = await import('../scenarios/verdict/metastable.ts');
  const stuck = result.judged.flatMap(({ measured }, i) => {
    return run.scenario.expect[i]?.kind === 'recovers' && measured === METASTABLE ? [i] : [];
  });
  if (stuck.length === 0) return [];
  const { unroll } = await import('../scenarios/nemesis/unroll.ts');
  const scenario = unroll(run.scenario, result.struck);
  const found: Metastability[] = [];
  for (const at of stuck) found.push(await metastability(run, scenario, at, session));
  return found;
}

async function metastability(
  run: OneRun,
  scenario: Scenario,
  at: number,
  session: Session,
): Promise<Metastability> {
  const { degreeOf, loopsOf, METASTABLE, triggerOf } = await import(
    '../scenarios/verdict/metastable.ts'
  );
  /** What the expectation says of another scenario; null when the user has had enough. */
  const judged = (varied: Scenario) => {
    const ending = session.interrupted ? null : run.simulate(null, undefined, varied);
    return ending?.kind === 'done' ? (ending.value.judged[at] ?? null) : null;
  };
  const loops: Metastability['loops'][number][] = [];
  for (const { name, doc, scenario: open } of loopsOf(scenario)) {
    await turn();
    const one = judged(open);
    if (one !== null) loops.push({ name, doc, state: one.state, measured: one.measured });
  }
  const expectation = scenario.expect[at];
  const of = expectation?.kind === 'recovers' ? expectation.window.of : null;
  const fault = triggerOf(scenario, of);
  const sticks = (varied: Scenario) => {
    const one = judged(varied);
    return one === null ? null : one.measured === METASTABLE;
  };
  const degree = fault === null ? null : degreeOf(scenario, fault, sticks);
  return { text: expectation?.text ?? '', loops, degree };
}
