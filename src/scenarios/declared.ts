/**
 * What the nodes of a scenario may measure and note: what their kinds, and the policies on their
 * calls, declare.
 */
import type { MeasureTable } from '../sim/measure.ts';
import { type NoteTable, standardNotes } from '../sim/notes.ts';
import type { GroupSpec } from './scenario.ts';

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
