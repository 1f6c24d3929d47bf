/**
 * The names of a scenario: one space for groups, nodes, loads, clients, regions and machines, since
 * targets, faults and links may name any of them. And the words that are kept from parameters and
 * names.
 */
import type { NodeId } from '../../sim/node.ts';
import type { AnySystem } from '../../sim/system.ts';
import type { RoleSpec } from '../scenario.ts';
import { type Diagnostics, didYouMean, listNames, quote } from '../text/diagnostic.ts';
import { describeSpot, type Spot } from '../text/source.ts';

/** Reserved beside the parameters of a node. */
export const NODE_KEYS = [
  'kind',
  'count',
  'per-node',
  'region',
  'group',
  'calls',
  'bug',
  'cpu',
  'disk',
  'clock',
  'labels',
  'runs-on',
  'spare',
  'only',
  'show',
  'options',
  'object',
] as const;
/** Reserved beside the parameters of a fault. */
export const FAULT_KEYS = [
  'at',
  'for',
  'every',
  'until',
  'when',
  'name',
  'of',
  'may-miss',
] as const;
/** The key of an entry of `faults` that draws faults: no fault is called so. */
export const NEMESIS = 'nemesis';
/** The key of an entry of `faults` that is no fault, but an operator's command to a node. */
export const COMMAND = 'command';
/** Before the value of a label stands its name, `rack:a`; none of these can be one. */
export const RESERVED_LABELS: readonly string[] = [
  'role',
  'machine',
  'node',
  'group',
  'region',
  'all-but',
];
/** Reserved beside the parameters of a workload. */
export const CLIENT_KEYS = [
  'workload',
  'target',
  'count',
  'per-node',
  'pin',
  'rate',
  'pace',
  'arrivals',
  'think',
  'shape',
  'timeout',
  'start',
  'stop',
  'operations',
  'calls',
  'object',
  'options',
  'region',
  'stamps',
] as const;
export const TOP_KEYS = [
  'name',
  'summary',
  'seed',
  'duration',
  'settle',
  'verify',
  'nodes',
  'machines',
  'network',
  'clients',
  'faults',
  'slo',
  'expect',
  'show',
  'extends',
  'vars',
  'matrix',
  'seeds',
  'without',
  'branch',
] as const;
/** The name of the label that every node on a machine bears: `crash: machine:m-1`. */
export const MACHINE_LABEL = 'machine';
/** A map with this key alone is a draw: no parameter, group or field may be called so. */
export const DRAW_KEY = 'any';

/** Members of one load, and of all loads together; of a group, unless its kind allows more. */
export const MOST_MEMBERS = 10_000;
/** Members of a group whose kind allows as many. */
export const MOST_NODES = 1_000_000;

const RESERVED_NAMES: readonly string[] = [
  'faults',
  'run',
  'any',
  'none',
  'self',
  'nodes',
  'clients',
];
const LONGEST_NAME = 63;

export type NameSort = 'group' | 'node' | 'load' | 'client' | 'region' | 'machine';

interface Owner {
  readonly sort: NameSort;
  /** `a node of the group kv`. */
  readonly described: string;
  readonly spot: Spot;
  /** Of a member: what it is a member of. */
  readonly of?: string;
}

export interface GroupNames {
  /** All its members, the spare ones too. */
  readonly nodes: readonly NodeId[];
  /** null when its kind is unknown. */
  readonly system: AnySystem | null;
  /** Empty for a kind without roles. */
  readonly roles: readonly RoleSpec[];
  /** Members that are not started as the run begins. */
  readonly spare: readonly NodeId[];
  /**
   * False when its count is in doubt, so that no conclusion should be drawn from the number of its
   * nodes.
   */
  readonly certain: boolean;
}

export class Names {
  readonly groups = new Map<string, GroupNames>();
  readonly loads = new Map<string, readonly NodeId[]>();
  /** By region, its nodes without clients. */
  readonly regions = new Map<string, NodeId[]>();
  /** By name of the label, then by value. */
  readonly labels = new Map<string, Map<string, NodeId[]>>();
  /** False when `nodes` could not be read at all: then nothing is known to be unknown. */
  complete = true;
  readonly #owners = new Map<string, Owner>();
  /** By name of an entry of `machines`, and of each machine: the machines that it stands for. */
  readonly #machines = new Map<string, readonly string[]>();
  readonly #clientsIn = new Map<string, NodeId[]>();
  readonly #groupOf = new Map<NodeId, string>();
  readonly #roles = new Map<string, RoleSpec>();
  readonly #diagnostics: Diagnostics;
  readonly #reserved: ReadonlySet<string>;

  constructor(diagnostics: Diagnostics, selectorWords: Iterable<string>) {
    this.#diagnostics = diagnostics;
    this.#reserved = new Set([...RESERVED_NAMES, ...selectorWords]);
  }

  /** All nodes that are not clients, in scenario order. */
  get nodes(): readonly NodeId[] {
    return [...this.groups.values()].flatMap(({ nodes }) => nodes);
  }

  get certain(): boolean {
    return this.complete && [...this.groups.values()].every(({ certain }) => certain);
  }

  /** Whether the name may be that of a member whose group could not be read as it was meant. */
  mayExist(name: string): boolean {
    if (!this.complete) return true;
    return [...this.groups].some(([group, { certain }]) => {
      return !certain && name.startsWith(`${group}-`);
    });
  }

  addGroup(name: string, spot: Spot, group: GroupNames): void {
    this.groups.set(name, group);
    this.#claimMembers(name, spot, group.nodes, 'group', 'node');
    for (const node of group.nodes) this.#groupOf.set(node, name);
    for (const role of group.roles) {
      this.#roles.set(role.name, role);
      // A role of one bears the name of its node.
      if (group.nodes.includes(role.name)) continue;
      this.#claim(role.name, { sort: 'group', described: `a role of ${quote(name)}`, spot });
    }
  }

  addLabel(name: string, value: string, node: NodeId): void {
    const values = this.labels.get(name) ?? new Map<string, NodeId[]>();
    this.labels.set(name, values);
    const nodes = values.get(value) ?? [];
    values.set(value, nodes);
    nodes.push(node);
  }

  addMachines(name: string, spot: Spot, machines: readonly string[]): void {
    this.#claim(name, { sort: 'machine', described: 'a machine', spot });
    this.#machines.set(name, machines);
    for (const machine of machines) {
      this.#machines.set(machine, [machine]);
      if (machine === name) continue;
      this.#claim(machine, { sort: 'machine', described: `a machine of ${quote(name)}`, spot });
    }
  }

  /** The labels that the name of a machine, or of several, stands for; none for another name. */
  machineLabels(name: string): readonly string[] {
    const { labels } = this;
    const machines = this.#machines.get(name) ?? [];
    return machines
      .filter((machine) => labels.get(MACHINE_LABEL)?.has(machine) === true)
      .map((machine) => `${MACHINE_LABEL}:${machine}`);
  }

  addLoad(name: string, spot: Spot, clients: readonly NodeId[]): void {
    this.loads.set(name, clients);
    this.#claimMembers(name, spot, clients, 'load', 'client');
  }

  /** `client`: it belongs to the region for links, but is none of the nodes that faults strike. */
  addRegion(name: string, spot: Spot, node: NodeId | null, client = false): void {
    if (client && node !== null) {
      this.addRegion(name, spot, null);
      const clients = this.#clientsIn.get(name) ?? [];
      this.#clientsIn.set(name, clients);
      clients.push(node);
      return;
    }
    const members = this.regions.get(name);
    if (members === undefined) {
      this.#claim(name, { sort: 'region', described: 'a region', spot });
      this.regions.set(name, node === null ? [] : [node]);
    } else if (node !== null) members.push(node);
  }

  /**
   * The nodes that the name of a node, a group or a role of it (`bank-participant`) stands for;
   * null if there is none.
   */
  serversOf(name: string): readonly NodeId[] | null {
    const whole = this.groups.get(name) ?? this.#roles.get(name);
    if (whole !== undefined) return whole.nodes;
    return this.#groupOf.has(name) ? [name] : null;
  }

  /**
   * The nodes that are meant by a name of a node, group, role, region or machine, by
   * `role:participant` of a kind that declares this role, or by a label, `rack:a`; null if there
   * are none.
   */
  nodesMeant(text: string): readonly NodeId[] | null {
    const named = this.serversOf(text) ?? this.regions.get(text);
    if (named !== undefined) return named;
    const onMachines = this.machineLabels(text).flatMap((label) => this.nodesMeant(label) ?? []);
    if (onMachines.length > 0) return onMachines;
    const at = text.indexOf(':');
    if (at < 0) return null;
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    if (name !== 'role') return this.labels.get(name)?.get(value) ?? null;
    const nodes = [...this.#roles.values()].flatMap((one) => (one.role === value ? one.nodes : []));
    return nodes.length === 0 ? null : nodes;
  }

  /** All that `nodesMeant` knows, to be suggested. */
  get meaningful(): readonly string[] {
    const labels = [...this.labels].flatMap(([name, values]) =>
      [...values.keys()].map((value) => `${name}:${value}`),
    );
    const roles = [...this.#roles.values()].map(({ role }) => `role:${role}`);
    const machines = [...this.#machines.keys()];
    return [...this.serverNames, ...this.regions.keys(), ...machines, ...new Set(roles), ...labels];
  }

  /** The nodes of a name that a load asks: of a group, those that are there from the beginning. */
  targetsOf(name: string): readonly NodeId[] | null {
    const nodes = this.serversOf(name);
    const spare = this.groupNamed(name)?.spare ?? [];
    const initial = (nodes ?? []).filter((node) => !spare.includes(node));
    return nodes === null || initial.length === 0 || this.#groupOf.has(name) ? nodes : initial;
  }

  /** Clients, loads and regions too. */
  anyOf(name: string): readonly NodeId[] | null {
    const named = this.serversOf(name) ?? this.loads.get(name) ?? this.everyoneIn(name);
    if (named !== null) return named;
    return this.#owners.get(name)?.sort === 'client' ? [name] : null;
  }

  /** The nodes of a region, clients too; null if there is no such region. */
  everyoneIn(region: string): readonly NodeId[] | null {
    const nodes = this.regions.get(region);
    return nodes === undefined ? null : [...nodes, ...(this.#clientsIn.get(region) ?? [])];
  }

  /** A client's or a load's name: the clients it stands for; null if there is none. */
  clientsOf(name: string): readonly NodeId[] | null {
    const load = this.loads.get(name);
    if (load !== undefined) return load;
    return this.#owners.get(name)?.sort === 'client' ? [name] : null;
  }

  /** The group of a node's, role's or group's name. */
  groupNamed(name: string): GroupNames | null {
    const member = this.#roles.get(name)?.nodes[0] ?? name;
    return this.groups.get(name) ?? this.groups.get(this.#groupOf.get(member) ?? '') ?? null;
  }

  /** Groups, their roles, and nodes where they are not named like their group. */
  get serverNames(): readonly string[] {
    return [...new Set([...this.groups.keys(), ...this.#roles.keys(), ...this.nodes])];
  }

  get allNames(): readonly string[] {
    return [
      ...new Set([
        ...this.serverNames,
        ...this.regions.keys(),
        ...this.loads.keys(),
        ...[...this.loads.values()].flat(),
      ]),
    ];
  }

  /** Complains of a name that nothing has, unless an earlier mistake may be the reason. */
  reportUnknown(
    name: string,
    spot: Spot,
    known: readonly string[],
    what: string,
    notes: readonly string[] = [],
  ): void {
    if (this.mayExist(name)) return;
    const groups = [...this.groups.keys()];
    this.#diagnostics.error('DS125', spot, `there is no ${what} ${quote(name)}`, {
      notes: [...notes, ...(groups.length === 0 ? [] : [`groups are ${listNames(groups)}`])],
      help: [didYouMean(name, known)],
    });
  }

  /** Is it a name that anything may bear? Complains if not. */
  checkName(name: string, spot: Spot, what: string): boolean {
    if (this.#reserved.has(name)) {
      this.#diagnostics.error(
        'DS126',
        spot,
        `${quote(name)} is a reserved word and cannot name a ${what}`,
      );
      return false;
    }
    if (/^[a-z][a-z0-9-]*$/.test(name) && name.length <= LONGEST_NAME) return true;
    const near = name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '');
    const long = name.length > LONGEST_NAME;
    this.#diagnostics.error('DS126', spot, `${quote(name)} cannot name a ${what}`, {
      label: long
        ? `expected at most ${LONGEST_NAME} characters`
        : 'expected lower-case letters, digits and hyphens, a letter first',
      help: near === '' || long ? [] : [`did you mean ${quote(near)}?`],
    });
    return false;
  }

  #claimMembers(
    name: string,
    spot: Spot,
    members: readonly NodeId[],
    whole: 'group' | 'load',
    part: 'node' | 'client',
  ): void {
    if (!this.#claim(name, { sort: whole, described: `a ${whole}`, spot })) return;
    for (const member of members) {
      if (member === name) this.#owners.set(name, { sort: part, described: `a ${whole}`, spot });
      else {
        const described = `a ${part} of ${quote(name)}`;
        this.#claim(member, { sort: part, described, spot, of: name });
      }
    }
  }

  #claim(name: string, owner: Owner): boolean {
    const other = this.#owners.get(name);
    if (other === undefined) {
      this.#owners.set(name, owner);
      return true;
    }
    this.#diagnostics.error('DS127', owner.spot, `the name ${quote(name)} is already taken`, {
      label: `${quote(name)} would be ${owner.described}`,
      notes: [`it is ${other.described}, from ${describeSpot(other.spot)}`],
      help: [onlyOf(name, owner, other)],
    });
    return false;
  }
}

/** Whoever names a member beside its group wants it to be another than the others. */
function onlyOf(name: string, owner: Owner, other: Owner): string | null {
  if (owner.sort !== 'group' || other.sort !== 'node' || other.of === undefined) return null;
  return `what ${quote(name)} has otherwise than the others stands in ${quote(other.of)}: \`only: { ${name}: { … } }\``;
}

/** The members' names: `kv-1` to `kv-5` for a count, `kv` alone without. */
export function membersOf(name: string, count: number | null): readonly NodeId[] {
  if (count === null) return [name];
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}
