/**
 * Invariants of a scenario's systems, bound to the groups that they look at. One that looks at
 * other groups too, such as a lock at the store that obeys it, is checked after events of any of
 * them.
 */
import type { WorldInvariant } from '../../sim/kernel/world-spec.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import type { Invariant, Surroundings, Views } from '../../sim/system.ts';
import type { GroupSpec, Scenario } from '../scenario.ts';

const NO_VIEWS: Views = new Map();

/** By group: the invariants to be checked after an event of one of its members. */
export function invariantsOf(scenario: Scenario): ReadonlyMap<string, readonly WorldInvariant[]> {
  const all = new Map<string, WorldInvariant[]>(scenario.groups.map(({ name }) => [name, []]));
  for (const group of scenario.groups) {
    for (const invariant of group.system.invariants) {
      const seen = (invariant.over ?? []).map((param): [string, readonly NodeId[]] => [
        param,
        nodesOf(group, param),
      ]);
      const bound = bind(invariant, group, new Map(seen), scenario);
      const nodes = new Set(seen.flatMap(([, named]) => named));
      for (const other of scenario.groups) {
        const looksAt = other === group || other.nodes.some((node) => nodes.has(node));
        if (looksAt) all.get(other.name)?.push(bound);
      }
    }
  }
  return all;
}

/** The nodes that a parameter names; of a parameter that members have otherwise, all of them. */
function nodesOf({ params, different }: GroupSpec, param: string): readonly NodeId[] {
  const others = [...(different?.values() ?? [])].map((one) => one.params);
  const named = [params, ...others].flatMap((set) => {
    const value = set?.[param];
    return Array.isArray(value) ? (value as readonly NodeId[]) : [];
  });
  return [...new Set(named)];
}

function bind(
  invariant: Invariant,
  group: GroupSpec,
  seen: ReadonlyMap<string, readonly NodeId[]>,
  scenario: Scenario,
): WorldInvariant {
  const { name, source } = invariant;
  const homeOf = new Map(
    scenario.groups.flatMap((one) => one.nodes.map((node) => [node, one.name])),
  );
  return {
    name,
    source,
    check(_views, groups) {
      const around: Surroundings = {
        of: (role) => membersIn(group, role),
        over: (param) => {
          const nodes = seen.get(param);
          if (nodes === undefined) throw new RangeError(`${name} is not over a parameter ${param}`);
          return viewsOf(nodes, homeOf, groups);
        },
      };
      return invariant.check(groups.get(group.name) ?? NO_VIEWS, around);
    },
  };
}

/** The members in a role; throws RangeError for one that the kind does not declare. */
export function membersIn(
  { name, roles = [] }: Pick<GroupSpec, 'name' | 'roles'>,
  role: string,
): readonly NodeId[] {
  const found = roles.find((one) => one.role === role);
  if (found !== undefined) return found.nodes;
  throw new RangeError(`${name} has no role ${role}`);
}

function viewsOf(
  nodes: readonly NodeId[],
  homeOf: ReadonlyMap<NodeId, string>,
  groups: ReadonlyMap<string, Views>,
): Views {
  const views = new Map<NodeId, Detail>();
  for (const node of nodes) {
    const view = groups.get(homeOf.get(node) ?? '')?.get(node);
    if (view !== undefined) views.set(node, view);
  }
  return views;
}
