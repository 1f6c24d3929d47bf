/**
 * Linearizability by its definition (Herlihy & Wing 1990, section 2): some choice of open
 * operations, and some order of all chosen ones that keeps real time, that the model accepts. Tries
 * everything, remembers nothing, prunes nothing.
 */
import type { Model } from '../../src/checks/checker.ts';
import type { History, Operation } from '../../src/sim/history.ts';

/** For a dozen operations at most. `fail` did not happen; one object, whatever the keys say. */
export function naivelyLinearizable(history: History, model: Model): boolean {
  const happened = history.filter(({ outcome }) => outcome !== 'fail');
  return extend(model.init(), happened, model);
}

function extend(state: unknown, left: readonly Operation[], model: Model): boolean {
  if (left.every(({ outcome }) => outcome === 'info')) return true;
  for (const operation of left) {
    if (left.some((other) => precedes(other, operation))) continue;
    const { f, input, output, outcome } = operation;
    const next = model.step(state, f, input, outcome === 'info' ? undefined : output);
    if (next === null) continue;
    const rest = left.filter((other) => other !== operation);
    if (extend(next, rest, model)) return true;
  }
  return false;
}

/** Intervals are closed: operations that touch are concurrent. */
function precedes(a: Operation, b: Operation): boolean {
  return a.completedAtUs < b.invokedAtUs;
}
