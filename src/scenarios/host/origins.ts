/**
 * From where a scenario was loaded, and how: what a line that brings a run back has to say. Beside
 * the scenario and not in it, for no path of the machine belongs into a result.
 */
import type { Scenario } from '../scenario.ts';

export interface Origin {
  /** Absolute. */
  readonly path: string;
  /** Each `path=value`. */
  readonly sets: readonly string[];
  readonly without: boolean;
  readonly allowOutside: boolean;
}

const origins = new WeakMap<Scenario, Origin>();

export function keepOrigin(scenario: Scenario | null, origin: Origin): void {
  if (scenario !== null) origins.set(scenario, origin);
}

/** null for a scenario that no file gave. */
export function originOf(scenario: Scenario): Origin | null {
  return origins.get(scenario) ?? null;
}
