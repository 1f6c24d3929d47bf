/** `--twin`: the run again for each fault, with that fault's hands tied. */
import type { Result, Twin } from '../scenarios/result.ts';
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
