/** Strikes of faults at times of one's own choosing, for scenarios that tests make. */
import type { FaultSpec } from '../../src/scenarios/scenario.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { defaultsOf } from '../../src/sim/params.ts';

export interface StrikeSketch {
  readonly fault: AnyFault;
  /** Those that differ from the defaults. */
  readonly params: { readonly [name: string]: unknown };
  readonly atUs: number;
  /** null: to the end of the run. */
  readonly forUs: number | null;
}

/** `i` from 0: the first strike of a crash is `crash-1`. */
export function strikeOf(sketch: StrikeSketch, i: number, of: readonly string[]): FaultSpec {
  const { fault, params, atUs, forUs } = sketch;
  return {
    name: `${fault.name}-${i + 1}`,
    fault,
    params: defaultsOf(fault.params, params),
    of,
    atUs,
    forUs,
    position: null,
  };
}
