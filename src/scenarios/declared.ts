/**
 * What kinds declare of a scenario: what its nodes may measure and note, by their kinds and by the
 * policies on their calls; which of its faults cut the network.
 */
import type { AnyFault } from '../sim/fault.ts';
import type { MeasureTable } from '../sim/measure.ts';
import { type NoteTable, standardNotes } from '../sim/notes.ts';
import type { GroupSpec, Scenario } from './scenario.ts';

/** By name; what the kind declares comes before what a policy declares under the same name. */
export function measuresOf({ system, calls }: Pick<GroupSpec, 'system' | 'calls'>): MeasureTable {
  const policies = [...calls.values()].flat().map(({ policy }) => policy.measures ?? {});
  return Object.assign({}, ...policies, system.measures);
}

/** The labels that nodes of a group may note; null: any, of a kind that declares nothing. */
export function notesOf({
  system,
  calls,
}: Pick<GroupSpec, 'system' | 'calls'>): ReadonlySet<string> | null {
  if (system.notes === 'any') return null;
  const own: NoteTable = system.notes ?? {};
  const policies = [...calls.values()].flat().map(({ policy }) => policy.notes ?? {});
  return new Set([own, ...policies, standardNotes].flatMap((table) => Object.keys(table)));
}

/** The labels that somebody in the scenario may note; null: any. */
export function notesOfAll(
  groups: readonly Pick<GroupSpec, 'system' | 'calls'>[],
): ReadonlySet<string> | null {
  const all = new Set(Object.keys(standardNotes));
  for (const group of groups) {
    const labels = notesOf(group);
    if (labels === null) return null;
    for (const label of labels) all.add(label);
  }
  return all;
}

/** The kinds of its faults, and those that its nemeses may draw. */
export function faultKindsOf({
  faults,
  nemeses = [],
}: Pick<Scenario, 'faults' | 'nemeses'>): readonly AnyFault[] {
  return [
    ...faults.map(({ fault }) => fault),
    ...nemeses.flatMap((nemesis) => [...nemesis.faults.values()]),
  ];
}

/** Names of those of its kinds of faults that cut the network. */
export function severingKinds(scenario: Pick<Scenario, 'faults' | 'nemeses'>): ReadonlySet<string> {
  const severing = faultKindsOf(scenario).filter(({ severs }) => severs === true);
  return new Set(severing.map(({ name }) => name));
}
