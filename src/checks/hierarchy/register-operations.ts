/**
 * Which operations of a run are those of registers, and on which registers. Loads nothing heavy.
 */
import type { History, Operation } from '../../sim/history.ts';
import { type Facts, objectOfLoad } from '../checker.ts';

/** The workload whose operations are those of registers. */
export const REGISTER_WORKLOAD = 'register';

/**
 * The operations of loads of registers; those of loads that are not in the facts are taken for
 * such.
 */
export function registerOperations(history: History, facts: Facts): History {
  const others = new Set(
    facts.loads
      .filter(({ workload, model }) => (model ?? workload) !== REGISTER_WORKLOAD)
      .map(({ name }) => name),
  );
  return others.size === 0 ? history : history.filter(({ load }) => !others.has(load));
}

/** The register that an operation acts on: loads of different objects act on different ones. */
export function registerOf({ loads }: Facts): (operation: Operation) => string {
  const objects = new Map(loads.map((load) => [load.name, objectOfLoad(load)]));
  return ({ load }) => objects.get(load) ?? '';
}
