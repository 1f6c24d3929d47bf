/** An entry of the scenario's faults, as data. */
import type { Fault } from '../fault.ts';
import type { NodeId } from '../node.ts';

/** How an entry goes on striking after its first strike. */
export interface Repeat {
  /** From one strike to the next, drawn again each time, both ends included. */
  readonly minUs: number;
  readonly maxUs: number;
  /** The first strike is one such time after `atUs`, not at it. */
  readonly waitsFirst: boolean;
}

export interface InjectionSpec {
  readonly name: string;
  readonly fault: Fault;
  readonly params: { readonly [name: string]: unknown };
  /** The nodes that `of:` names; all but clients without it. */
  readonly of: readonly NodeId[];
  /** The first strike; with a trigger, the moment from which it is looked at. */
  readonly atUs: number;
  /** null: it lasts to the end of the run, settle included. */
  readonly forUs: number | null;
  /** null or absent: it strikes once. */
  readonly repeat?: Repeat | null;
  /** No strike begins then or later; null or absent: chaos ends it. */
  readonly untilUs?: number | null;
  /**
   * It is one strike of many that count as one entry of this name, and which one: a nemesis,
   * written out.
   */
  readonly strikeOf?: { readonly name: string; readonly number: number };
}
