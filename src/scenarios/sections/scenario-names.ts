/** What a scenario has of groups, loads and faults, and their names, for what may refer to them. */
import type { ScenarioNames } from '../../checks/checker.ts';
import { operationsMade } from '../../workloads/workload.ts';
import { faultKindsOf } from '../declared.ts';
import type { FaultSpec, GroupSpec, LoadSpec, NemesisSpec } from '../scenario.ts';

export interface Run {
  readonly groups: readonly GroupSpec[];
  readonly loads: readonly LoadSpec[];
  readonly faults: readonly FaultSpec[];
  readonly nemeses: readonly NemesisSpec[];
  /** Names of its objectives, of those with mistakes too. */
  readonly objectives: readonly string[];
  /** Names and kinds of faults as written, of those with mistakes too. */
  readonly faultsCalled: readonly string[];
  /** Where false, what is not found may only be unread, and is not complained of. */
  readonly complete: {
    readonly groups: boolean;
    readonly loads: boolean;
    readonly faults: boolean;
  };
}

/** The names that exist in a scenario. */
export function scenarioNames({
  groups,
  loads,
  faults,
  nemeses,
  objectives = [],
}: Pick<Run, 'groups' | 'loads' | 'faults' | 'nemeses'> &
  Partial<Pick<Run, 'objectives'>>): ScenarioNames {
  const kinds = faultKindsOf({ faults, nemeses });
  return {
    groups: groups.flatMap(({ name, roles = [] }) => [name, ...roles.map((role) => role.name)]),
    nodes: groups.flatMap(({ nodes }) => nodes),
    loads: loads.map(({ name }) => name),
    faults: [...faults, ...nemeses].map(({ name }) => name),
    faultKinds: [...new Set(kinds.map(({ name }) => name))],
    operations: [...new Set(loads.flatMap(({ workload }) => operationsMade(workload)))],
    sides: [...new Set(kinds.flatMap(({ sides }) => sides ?? []))],
    objectives,
  };
}
