/**
 * What a battery measures: one load and the store behind it. Which nodes hold copies, which pass
 * requests on, and which only watch or decide is read off what the kinds declare.
 */
import { loadsJudgedBy } from '../../checks/judged-loads.ts';
import { isWrite } from '../../sim/interface.ts';
import type { NodeId } from '../../sim/node.ts';
import { operationsMade } from '../../workloads/workload.ts';
import type { GroupSpec, LoadSpec, Scenario } from '../scenario.ts';
import { declaredBy, type Members, membersAmong } from '../sections/answers.ts';
import { levelsOf } from './consistency.ts';

export interface Subject {
  /** Whose operations are measured. */
  readonly load: LoadSpec;
  /** The nodes that its clients ask. */
  readonly asked: readonly NodeId[];
  /** The nodes that answer by themselves. */
  readonly replicas: readonly NodeId[];
  /** The nodes that pass requests on to them. */
  readonly fronts: readonly NodeId[];
  /** The nodes that watch the replicas, or that decide for them. */
  readonly arbiters: readonly NodeId[];
  /** The groups that all of these belong to. */
  readonly groups: readonly GroupSpec[];
}

/** A sentence where the scenario has nothing to measure. */
export function subjectOf(scenario: Scenario): Subject | string {
  const load = scenario.loads.find(isMeasurable);
  if (load === undefined) {
    return 'no load of the scenario writes what a check can judge: nothing can be measured';
  }
  const { fronts, replicas } = passedOn(load.targets, scenario);
  const initial = replicas.filter((node) => !isSpare(node, scenario));
  const arbiters = arbitersOf(initial, fronts, scenario);
  // One member answers for all: what the others hold is its data.
  const alone = initial.length === 1 && arbiters.own.length > 0;
  const members = alone ? inOrder([...initial, ...arbiters.own], scenario) : initial;
  const watching = alone ? arbiters.others : [...arbiters.own, ...arbiters.others];
  const all = new Set([...members, ...fronts, ...watching]);
  return {
    load,
    asked: load.targets.filter((node) => !isSpare(node, scenario)),
    replicas: members,
    fronts,
    arbiters: watching,
    groups: scenario.groups.filter(({ nodes }) => nodes.some((node) => all.has(node))),
  };
}

function isMeasurable({ workload }: LoadSpec): boolean {
  const writes = operationsMade(workload).some((name) => isWrite(workload.asks, name));
  const { checkers } = levelsOf(workload.asks);
  return writes && checkers.some((one) => loadsJudgedBy(one, { loads: [workload] }).length > 0);
}

function isSpare(node: NodeId, { groups }: Scenario): boolean {
  return groups.some(({ spare }) => spare?.includes(node) === true);
}

/** Follows proxies to those who answer. */
function passedOn(targets: readonly NodeId[], { groups }: Scenario) {
  const fronts = new Set<NodeId>();
  const replicas = new Set<NodeId>();
  const visit = (nodes: readonly NodeId[]): void => {
    for (const members of membersAmong(nodes, groups)) {
      const param = passesOnTo(members);
      for (const node of members.nodes) {
        if (param === null) replicas.add(node);
        else if (!fronts.has(node)) {
          fronts.add(node);
          const { params, different } = members.group;
          const own = different?.get(node)?.params ?? params;
          visit((own[param] ?? []) as readonly NodeId[]);
        }
      }
    }
  };
  visit(targets);
  return { fronts: [...fronts], replicas: [...replicas] };
}

/** The parameter with its targets; null if the members answer themselves. */
function passesOnTo(members: Members): string | null {
  const declared = declaredBy(members);
  return typeof declared === 'object' && 'of' in declared ? declared.of : null;
}

/**
 * Members of the replicas' groups that do not answer; and groups that name, or are named by, them.
 */
function arbitersOf(
  replicas: readonly NodeId[],
  fronts: readonly NodeId[],
  scenario: Scenario,
): { readonly own: readonly NodeId[]; readonly others: readonly NodeId[] } {
  const { groups } = scenario;
  const known = new Set([...replicas, ...fronts]);
  const home = groups.filter(({ nodes }) => nodes.some((node) => replicas.includes(node)));
  const own = home.flatMap(({ nodes, spare = [] }) =>
    nodes.filter((node) => !known.has(node) && !spare.includes(node)),
  );
  const named = new Set(home.flatMap(nodesNamedBy));
  const others = groups
    .filter((group) => !home.includes(group) && !group.nodes.some((node) => known.has(node)))
    .filter(
      (group) =>
        group.nodes.some((node) => named.has(node)) ||
        nodesNamedBy(group).some((node) => replicas.includes(node)),
    )
    .flatMap(({ nodes }) => nodes);
  return { own, others: inOrder(others, scenario) };
}

/** The values of its parameters of type `nodes`. */
function nodesNamedBy({ system, params }: GroupSpec): readonly NodeId[] {
  return Object.entries(system.params as { [name: string]: { type: string } }).flatMap(
    ([name, { type }]) => (type === 'nodes' ? ((params[name] ?? []) as readonly NodeId[]) : []),
  );
}

function inOrder(nodes: readonly NodeId[], { groups }: Scenario): NodeId[] {
  return groups.flatMap((group) => group.nodes).filter((node) => nodes.includes(node));
}
