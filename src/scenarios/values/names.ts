/**
 * The names of a scenario: one space for groups, nodes, loads, clients and regions, since targets,
 * faults and links may name any of them. And the words that are kept from parameters and names.
 */
import type { NodeId } from '../../sim/node.ts';
import type { AnySystem } from '../../sim/system.ts';
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
] as const;
/** Reserved beside the parameters of a fault. */
export const FAULT_KEYS = ['at', 'for', 'every', 'until', 'when', 'name', 'of'] as const;
/** The key of an entry of `faults` that draws faults: no fault is called so. */
export const NEMESIS = 'nemesis';
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
] as const;
export const TOP_KEYS = [
  'name',
  'summary',
  'seed',
  'duration',
  'nodes',
  'network',
  'clients',
  'faults',
  'expect',
  'extends',
  'vars',
  'matrix',
  'without',
] as const;
/** A map with this key alone is a draw: no parameter, group or field may be called so. */
export const DRAW_KEY = 'any';

/** Members of one group or load, and of all groups or all loads together. */
export const MOST_MEMBERS = 10_000;

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

export type NameSort = 'group' | 'node' | 'load' | 'client' | 'region';

interface Owner {
  readonly sort: NameSort;
  /** `a node of the group kv`. */
  readonly described: string;
  readonly spot: Spot;
}

export interface GroupNames {
  readonly nodes: readonly NodeId[];
  /** null when its kind is unknown. */
  readonly system: AnySystem | null;
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
  /** False when `nodes` could not be read at all: then nothing is known to be unknown. */
  complete = true;
  readonly #owners = new Map<string, Owner>();
  readonly #clientsIn = new Map<string, NodeId[]>();
  readonly #groupOf = new Map<NodeId, string>();
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

  addGroup(name: string, spot: Spot, group: GroupNames): void {
    this.groups.set(name, group);
    this.#claimMembers(name, spot, group.nodes, 'group', 'node');
    for (const node of group.nodes) this.#groupOf.set(node, name);
  }

  addLoad(name: string, spot: Spot, clients: readonly NodeId[]): void {
    this.loads.set(name, clients);
    this.#claimMembers(name, spot, clients, 'load', 'client');
  }

  /** `client`: it belongs to the region for links, but is none of the nodes that faults strike. */
  addRegion(name: string, spot: Spot, node: NodeId | null, client = false): void {
    if (client && node !== null) {
      this.addRegion(name, spot, null);
      this.#clientsIn.set(name, [...(this.#clientsIn.get(name) ?? []), node]);
      return;
    }
    const members = this.regions.get(name);
    if (members === undefined) {
      this.#claim(name, { sort: 'region', described: 'a region', spot });
      this.regions.set(name, node === null ? [] : [node]);
    } else if (node !== null) members.push(node);
  }

  /** The nodes that a node's or group's name stands for; null if there is none. */
  serversOf(name: string): readonly NodeId[] | null {
    const group = this.groups.get(name);
    if (group !== undefined) return group.nodes;
    return this.#groupOf.has(name) ? [name] : null;
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

  /** The group of a node's or group's name. */
  groupNamed(name: string): GroupNames | null {
    return this.groups.get(name) ?? this.groups.get(this.#groupOf.get(name) ?? '') ?? null;
  }

  /** Groups, and nodes where they are not named like their group. */
  get serverNames(): readonly string[] {
    return [...new Set([...this.groups.keys(), ...this.nodes])];
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

  /** Complains of a name that stands for nothing, unless the nodes themselves could not be read. */
  reportUnknown(
    name: string,
    spot: Spot,
    known: readonly string[],
    what: string,
    notes: readonly string[] = [],
  ): void {
    if (!this.complete) return;
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
      else this.#claim(member, { sort: part, described: `a ${part} of ${quote(name)}`, spot });
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
    });
    return false;
  }
}

/** The members' names: `kv-1` to `kv-5` for a count, `kv` alone without. */
export function membersOf(name: string, count: number | null): readonly NodeId[] {
  if (count === null) return [name];
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}
