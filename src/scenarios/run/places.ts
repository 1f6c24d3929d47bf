/**
 * Where each node of a scenario stands: its group, role, region, labels and machine, what it
 * answers, and what names mean to it.
 *
 * Built once for a run, so that the cost of a group grows with its size: to look for each member
 * among all members took ten thousand servers nine seconds.
 */
import type { Interface } from '../../sim/interface.ts';
import type { NodeId } from '../../sim/node.ts';
import type { BoundPolicy } from '../../sim/policy.ts';
import type { Place } from '../../sim/system.ts';
import { type GroupSpec, initialOf, type RoleSpec, type Scenario } from '../scenario.ts';
import { answersOf } from '../sections/answers.ts';
import { membersIn } from './invariants.ts';

/** A group or a load, as its members see it. */
export interface Home {
  readonly name: string;
  readonly nodes: readonly NodeId[];
  readonly regions: readonly (string | null)[];
  readonly calls: GroupSpec['calls'];
  readonly roles?: readonly RoleSpec[];
  readonly spare?: readonly NodeId[];
  readonly cores?: number;
  readonly machines?: GroupSpec['machines'];
  readonly different?: GroupSpec['different'];
}

/** What members of a group do not differ in. */
type Common = Omit<Place, 'self' | 'index' | 'role' | 'region' | 'answers' | 'machine' | 'cores'>;

/** A server's seat in its group. */
interface Seat {
  readonly group: GroupSpec;
  readonly index: number;
  readonly role: RoleSpec | null;
}

export class Places {
  readonly #groups: readonly GroupSpec[];
  readonly #seats = new Map<NodeId, Seat>();
  readonly #common = new Map<Home, Common>();
  /** What members without settings of their own answer, by role; null for a kind without. */
  readonly #answers = new Map<GroupSpec, Map<string | null, readonly Interface[]>>();

  constructor({ groups }: Scenario) {
    this.#groups = groups;
    for (const group of groups) this.#seat(group);
  }

  #seat(group: GroupSpec): void {
    const roles = new Map<NodeId, RoleSpec>();
    for (const role of group.roles ?? []) {
      for (const node of role.nodes) roles.set(node, role);
    }
    group.nodes.forEach((node, index) => {
      this.#seats.set(node, { group, index, role: roles.get(node) ?? null });
    });
  }

  /** The place of a member of a group, or of a client of a load. */
  of(home: Home, self: NodeId, index: number): Place {
    const common = this.#commonOf(home);
    // Written out: V8 takes ten times as long to lay one object over another.
    return {
      self,
      index,
      group: common.group,
      members: common.members,
      initial: common.initial,
      of: common.of,
      regionOf: common.regionOf,
      label: common.label,
      resolve: common.resolve,
      policiesFor: common.policiesFor,
      policyNameOf: common.policyNameOf,
      role: this.roleOf(self),
      region: home.regions[index] ?? null,
      answers: this.#answersOf(self),
      machine: this.machineOf(self),
      cores: coresOf(home, self),
    };
  }

  /** What all members see alike: made once, for a group of a million would have seven million. */
  #commonOf(home: Home): Common {
    const known = this.#common.get(home);
    if (known !== undefined) return known;
    const common: Common = {
      group: home.name,
      members: home.nodes,
      initial: initialOf(home),
      of: (role) => membersIn(home, role),
      regionOf: (node) => this.#regionOf(node),
      label: (node, name) => this.#seats.get(node)?.group.labels?.get(name)?.get(node) ?? null,
      resolve: (name) => this.#resolve(name),
      policiesFor: (target) => this.#policiesFor(home.calls, target),
      policyNameOf: (node) => this.#policyNameOf(home.calls, node),
    };
    this.#common.set(home, common);
    return common;
  }

  roleOf(node: NodeId): string | null {
    return this.#seats.get(node)?.role?.role ?? null;
  }

  machineOf(node: NodeId): string | null {
    return this.#seats.get(node)?.group.machines?.get(node)?.name ?? null;
  }

  #regionOf(node: NodeId): string | null {
    const seat = this.#seats.get(node);
    return seat?.group.regions[seat.index] ?? null;
  }

  #answersOf(node: NodeId): readonly Interface[] {
    const seat = this.#seats.get(node);
    if (seat === undefined) return [];
    const { group } = seat;
    if (group.different?.has(node) === true) return answersOf([node], this.#groups);
    const byRole = this.#answers.get(group) ?? new Map<string | null, readonly Interface[]>();
    this.#answers.set(group, byRole);
    const role = seat.role?.role ?? null;
    const known = byRole.get(role);
    if (known !== undefined) return known;
    const answers = answersOf([node], this.#groups);
    byRole.set(role, answers);
    return answers;
  }

  /** The nodes that a name stands for: a group, a role of it, or a node. */
  #resolve(name: string): readonly NodeId[] {
    if (this.#seats.has(name)) return [name];
    for (const group of this.#groups) {
      if (group.name === name) return group.nodes;
      const role = group.roles?.find((one) => one.name === name);
      if (role !== undefined) return role.nodes;
    }
    return [];
  }

  /**
   * `calls:` of the target's own name, else of the group that the target belongs to; outermost
   * first.
   */
  #policiesFor(calls: GroupSpec['calls'], target: string): readonly BoundPolicy[] {
    const specs = calls.get(this.#policyNameOf(calls, target)) ?? [];
    const answers = answersOf(this.#resolve(target), this.#groups);
    return specs
      .map(({ policy, params }) => ({
        name: policy.name,
        layer: policy.layer,
        create: () => policy.create(params, answers),
      }))
      .sort((a, b) => a.layer - b.layer || (a.name < b.name ? -1 : 1));
  }

  /**
   * The name whose `calls:` hold for a target: its own if it is there, else that of its role, else
   * its group's.
   */
  #policyNameOf(calls: GroupSpec['calls'], target: string): string {
    if (calls.has(target)) return target;
    const seat = this.#seats.get(target);
    const role = seat?.role?.name;
    return role !== undefined && calls.has(role) ? role : (seat?.group.name ?? target);
  }
}

/** Of the machine that a node shares, or of its own. */
export function coresOf(
  home: Pick<Home, 'cores' | 'machines' | 'different'>,
  node: NodeId,
): number {
  return home.machines?.get(node)?.cores ?? home.different?.get(node)?.cores ?? home.cores ?? 1;
}
