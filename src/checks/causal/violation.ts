/**
 * What is wrong with a history, as one of the bad patterns of Bouajjani, Enea, Guerraoui and Hamza,
 * "On verifying causal consistency" (POPL 2017): operations by number, and the steps between them.
 */
import { operationsOfSteps, type Step } from './paths.ts';

export type Violation =
  /** A read of what nobody wrote. */
  | { readonly kind: 'thin air'; readonly read: number }
  /** A read of the initial value by who knew a write. */
  | {
      readonly kind: 'initial';
      readonly read: number;
      readonly write: number;
      readonly known: readonly Step[];
    }
  /** A read of a value by who knew a write that came after it. */
  | {
      readonly kind: 'stale';
      readonly read: number;
      readonly source: number;
      readonly newer: number;
      readonly after: readonly Step[];
      readonly known: readonly Step[];
    }
  /** Writes, and perhaps reads, that would have to come before themselves. */
  | {
      readonly kind: 'cycle';
      readonly steps: readonly Step[];
      /** The process whose own view has the cycle, or -1: it is in the order that all share. */
      readonly process: number;
    };

/** The operations of a violation, without repetition, in the order of the history. */
export function operationsOf(violation: Violation): readonly number[] {
  const found = new Set<number>();
  const add = (steps: readonly Step[]) => {
    for (const o of operationsOfSteps(steps)) found.add(o);
  };
  switch (violation.kind) {
    case 'thin air':
      found.add(violation.read);
      break;
    case 'initial':
      found.add(violation.read).add(violation.write);
      add(violation.known);
      break;
    case 'stale':
      found.add(violation.read).add(violation.source).add(violation.newer);
      add(violation.after);
      add(violation.known);
      break;
    case 'cycle':
      add(violation.steps);
  }
  return [...found].sort((a, b) => a - b);
}
