/**
 * What a folder under `src/nodes/` exports: a kind of node, with everything that others need to
 * know of it.
 */
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
  /** All members of the group, itself included, in scenario order. */
  readonly members: readonly NodeId[];
  readonly region: string | null;
  /**
   * The nodes that a name of the scenario stands for: a node, or all members of a group. Empty if
   * unknown.
   */
  resolve(name: string): readonly NodeId[];
  /**
   * The policies that the scenario's `calls:` puts around calls to this target, outermost first.
   */
  policiesFor(target: string): readonly BoundPolicy[];
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
}

/** A property of a whole group, pure over the members' `inspect()` views. */
export interface Invariant {
  readonly name: string;
  readonly source: string;
  /** null when it holds, else what is wrong, in one sentence. Down members have no view. */
  check(views: ReadonlyMap<NodeId, Detail>): string | null;
}

export interface System<T extends ParamTable = ParamTable, M extends Message = Message> {
  /** `load-balancer`: folder name, YAML kind, doc anchor. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  /** "Ongaro & Ousterhout 2014, In Search of an Understandable Consensus Algorithm". */
  readonly sources: readonly string[];
  /** The workloads whose requests it answers: `['register']`. */
  readonly serves: readonly string[];
  readonly claims: readonly Claim[];
  readonly params: T;
  readonly bugs: { readonly [name: string]: KnownBug };
  /** The numbers that its nodes report by `ctx.measure`. Absent: none. */
  readonly measures?: MeasureTable;
  /**
   * The notes that its nodes make by `ctx.note`, besides the standard ones. Absent: none. `any`:
   * nothing is checked, as for a user's bare class, which declares nothing.
   */
  readonly notes?: NoteTable | 'any';
  /** Safety properties that the kernel evaluates after every event when asked. */
  readonly invariants: readonly Invariant[];
  /** How many members must be up and connected for the group to make progress. */
  quorum?(params: Params<T>, members: number): number;
  /** Refuses parameters that make no sense together: a sentence for the user, or null. */
  refuse?(params: Params<T>, members: number): string | null;
  create(params: Params<T>, place: Place, bug: string | null): Node<M>;
}

/** Declares a system: returns its argument, typed. */
export function defineSystem<const T extends ParamTable, M extends Message>(
  system: System<T, M>,
): System<T, M> {
  return system;
}

/** A system whose parameters' types are not known here, as the generated list holds it. */
// biome-ignore lint/suspicious/noExplicitAny: the list holds systems of all parameter types.
export type AnySystem = System<any, any>;
