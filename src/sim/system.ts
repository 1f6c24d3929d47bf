/**
 * What a folder under `src/nodes/` exports: a kind of node, with everything that others need to
 * know of it.
 */
import type { Answers, Interface } from './interface.ts';
import type { LoopTable } from './loop.ts';
import type { MeasureTable } from './measure.ts';
import type { Detail, Message, Node, NodeId } from './node.ts';
import type { NoteTable } from './notes.ts';
import type { Params, ParamTable } from './params.ts';
import type { BoundPolicy } from './policy.ts';

/** Where a node stands in the scenario. */
export interface Place {
  readonly self: NodeId;
  /** The name of its group in the scenario: `kv`. */
  readonly group: string;
  /** Position in the group, from 0. For display and tie-breaks; streams and digests use names. */
  readonly index: number;
  /** Its role in the group: `participant`; null if its kind declares no roles. */
  readonly role: string | null;
  /**
   * All members of the group, itself included, in scenario order: of all roles, and those that the
   * scenario keeps `spare` too.
   */
  readonly members: readonly NodeId[];
  /**
   * The members that are started as the run begins: all but the `spare` ones. What a group that
   * votes begins with; a node that is not among them has come later.
   */
  readonly initial: readonly NodeId[];
  readonly region: string | null;
  /** The machine that it runs on; null: one of its own. */
  readonly machine: string | null;
  /** The cores of that machine. */
  readonly cores: number;
  /**
   * The members in a role, in scenario order. Throws RangeError for a role that its kind does not
   * declare.
   */
  of(role: string): readonly NodeId[];
  /** Where any node of the scenario is; null if it has no region, or there is no such node. */
  regionOf(node: NodeId): string | null;
  /**
   * The value of a label that any node of the scenario bears: `label('kv-2', 'rack')`; else null.
   */
  label(node: NodeId, name: string): string | null;
  /**
   * What the node answers: the interfaces of its system, or those that all its targets answer.
   */
  readonly answers: readonly Interface[];
  /**
   * The nodes that a name of the scenario stands for: a node, or all members of a group. Empty if
   * unknown.
   */
  resolve(name: string): readonly NodeId[];
  /**
   * The policies that the scenario's `calls:` puts around calls to this target, outermost first.
   */
  policiesFor(target: string): readonly BoundPolicy[];
  /**
   * The name by which calls to a node of a list keep the state of their policies: the node's own if
   * `calls:` has it, else its group's.
   */
  policyNameOf(node: NodeId): string;
}

/** A promise that the system makes; conformance checks it under its own example. */
export interface Claim {
  readonly checker: string;
  readonly whilePartitioned: 'holds' | 'may fail';
}

/** A famous mistake that can be switched on by `bug:`, and the check that must catch it. */
export interface KnownBug {
  readonly doc: string;
  readonly caughtBy: string;
  /**
   * The node tries a flush again that failed, instead of dying: whatever `outcome` the fault
   * `fsync-error` says, that of a node with this bug is `lose`.
   */
  readonly retriesFlush?: true;
}

/** Views by node, of those that are up and have had an event. */
export type Views = ReadonlyMap<NodeId, Detail>;

/** A property of a whole group, pure over the members' `inspect()` views. */
export interface Invariant {
  readonly name: string;
  readonly source: string;
  /**
   * Parameters of type `nodes` whose nodes it looks at too: a lock names the store that obeys it.
   * It is checked after events of those groups as well.
   */
  readonly over?: readonly string[];
  /**
   * null when it holds, else what is wrong, in one sentence. `views` has the members of all roles;
   * down members have no view.
   */
  check(views: Views, around: Surroundings): string | null;
}

/** What an invariant may ask besides the views of its group. */
export interface Surroundings {
  /** The members in a role, up or not, in scenario order. RangeError for a role that is unknown. */
  of(role: string): readonly NodeId[];
  /** Views of the nodes that a parameter among `over` names. RangeError for any other. */
  over(param: string): Views;
}

/** One sort of member, of a kind that has several: the coordinator of a two-phase commit. */
export interface Role {
  /** One sentence: what its members do. */
  readonly doc: string;
  /**
   * How many members it has: this number, or from the least to the most. With a least of 0 a
   * group may be without the role; it has none unless the scenario says so. A role of exactly one
   * names its node after group and role, `bank-coordinator`; others count, `bank-participant-1`.
   */
  readonly count: number | readonly [least: number, most: number];
  /** How many it has when the scenario does not say; the least by default. */
  readonly default?: number;
  /** What this role answers; absent: what its kind does. */
  readonly answers?: Answers;
  /** Parameters that only this role has; `create` gets them beside those of the kind. */
  readonly params?: ParamTable;
}

/** How many members each role has: `{ coordinator: 1, participant: 3 }`. Empty without roles. */
export type RoleCounts = { readonly [role: string]: number };

/** Something that an operator may tell a node of this kind: `add-server`. */
export interface Command {
  /** One sentence: what the node does. */
  readonly doc: string;
  readonly params: ParamTable;
  /** The one parameter that a bare value sets: `add-server: kv-4`. */
  readonly shorthand?: string;
}

/** The command that changes parameters: `set: { heartbeat: 20ms }`, for those in `changeable`. */
export const SET = 'set';

export interface System<T extends ParamTable = ParamTable, M extends Message = Message> {
  /** `load-balancer`: folder name, YAML kind, doc anchor. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  /** "Ongaro & Ousterhout 2014, In Search of an Understandable Consensus Algorithm". */
  readonly sources: readonly string[];
  /**
   * The interfaces that it answers: `[register]`. A system that passes requests on names the
   * parameter that holds its targets: `{ of: 'target' }` answers whatever they answer. Requests of
   * these interfaces arrive only if their fields are right; the others are answered as
   * `malformed-request` before the node sees them.
   */
  readonly answers: Answers<keyof T & string>;
  /** What it promises with the parameters of its example. */
  readonly claims: readonly Claim[];
  /** What it promises with these parameters. Absent: `claims`, whatever the parameters are. */
  claimsWith?(params: Params<T>): readonly Claim[];
  readonly params: T;
  readonly bugs: { readonly [name: string]: KnownBug };
  /** The numbers that its nodes report by `ctx.measure`. Absent: none. */
  readonly measures?: MeasureTable;
  /**
   * The notes that its nodes make by `ctx.note`, besides the standard ones. Absent: none. `any`:
   * nothing is checked, as for a user's bare class, which declares nothing.
   */
  readonly notes?: NoteTable | 'any';
  /** What of it can keep a failure alive whose cause is over. Absent: nothing. */
  readonly loops?: LoopTable<T>;
  /** Safety properties that the kernel evaluates after every event when asked. */
  readonly invariants: readonly Invariant[];
  /**
   * The nodes that it starts and stops by `ctx.machines`: those that a parameter of type `nodes`
   * names, or `machine`: those on its own machine, itself left out. Absent: none.
   */
  readonly operates?: 'machine' | { readonly of: keyof T & string };
  /**
   * The roles of its members, by name, in the order in which a group lists them. Absent: one role,
   * and `count:` says how many.
   */
  readonly roles?: { readonly [role: string]: Role };
  /** The roles shown by `inspect()` that mean to lead: `['primary']`; `['leader']` by default. */
  readonly leads?: readonly string[];
  /** What an operator may tell a node, by name; a node hears it by `Node.command`. */
  readonly commands?: { readonly [name: string]: Command };
  /**
   * Parameters that may change while a node runs. A node hears the new values as the command `set`,
   * and is created with them when it boots again.
   */
  readonly changeable?: readonly (keyof T & string)[];
  /**
   * Members that were not there at the beginning can come to belong: a scenario may keep some
   * `spare`. By default kinds without `quorum` can, and those with one, a fixed set of voters,
   * cannot.
   */
  readonly grows?: boolean;
  /**
   * The most members of a group; 10,000 by default. A kind may allow more if a run of them fits
   * into a common machine: up to 1,000,000, where what a member keeps does not grow with the group.
   */
  readonly mostMembers?: number;
  /** Called when a run is over and judged: gives back what its nodes held outside, as processes. */
  release?(): void;
  /** A parameter that names the region of the members, for a scenario that says no `region`. */
  readonly placedBy?: keyof T & string;
  /**
   * How many members must be up and connected for the group to make progress; it begins with
   * `members`.
   */
  quorum?(params: Params<T>, members: number, roles: RoleCounts): number;
  /**
   * The most time after which a silent peer is taken for dead; for the steady part of a partition.
   */
  detectionMs?(params: Params<T>): number;
  /**
   * Of a kind that passes requests on: how long it takes at most for one, if each of its targets
   * takes `insideMs` at most; Infinity where nothing bounds it. Absent: nothing is known.
   */
  longestMs?(params: Params<T>, insideMs: number): number;
  /**
   * Values for the example in the manual, as YAML, by parameter; absent: of what must be given, a
   * sample by its type.
   */
  readonly example?: { readonly [param: string]: string };
  /** Refuses parameters that make no sense together: a sentence for the user, or null. */
  refuse?(params: Params<T>, members: number, roles: RoleCounts): string | null;
  /** `params` has those of the place's role too. */
  create(params: Params<T>, place: Place, bug: string | null): Node<M>;
}

/**
 * A system in a file of a user's own: only `create` must be there. What is left out has the meaning
 * that docs/WRITING_A_NODE.md gives.
 */
export type OwnSystem<T extends ParamTable = ParamTable, M extends Message = Message> = Pick<
  System<T, M>,
  'create'
> &
  Partial<System<T, M>>;

/** Declares a system: returns its argument, typed. */
export function defineSystem<const T extends ParamTable, M extends Message>(
  system: System<T, M>,
): System<T, M>;
export function defineSystem<
  const T extends ParamTable = Readonly<Record<never, never>>,
  M extends Message = Message,
>(system: OwnSystem<T, M>): OwnSystem<T, M>;
export function defineSystem(system: object): object {
  return system;
}

/** A system whose parameters' types are not known here, as the generated list holds it. */
// biome-ignore lint/suspicious/noExplicitAny: the list holds systems of all parameter types.
export type AnySystem = System<any, any>;
