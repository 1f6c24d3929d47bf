/**
 * Loops: what a kind or a policy has that can feed a failure whose cause is over. A system that
 * stays down by such a loop is metastable (Bronson et al., "Metastable Failures in Distributed
 * Systems", HotOS 2021; Huang et al., "Metastable Failures in the Wild", OSDI 2022).
 */
import type { Params, ParamTable } from './params.ts';

export interface Loop<T extends ParamTable = ParamTable> {
  /** One sentence: how it feeds itself. */
  readonly doc: string;
  /** The count among its measures of the work that the loop adds; absent: none counts just that. */
  readonly measure?: string;
  /**
   * Parameters with which it is open: the same run with these shows whether the loop was to blame.
   */
  readonly open: Partial<Params<T>>;
  /** It is there only where these parameters have one of these values; absent, with any. */
  readonly only?: { readonly [P in keyof Params<T>]?: readonly Params<T>[P][] };
}

/** By name: words in kebab-case. */
export interface LoopTable<T extends ParamTable = ParamTable> {
  readonly [name: string]: Loop<T>;
}
