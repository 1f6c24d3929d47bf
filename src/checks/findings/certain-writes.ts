/**
 * Writes that surely happened: those that were acknowledged, and those of unknown outcome that an
 * answered read shows. The latter took effect before the first read that shows them had ended.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { isList, keyOf, type ValueKey } from './values.ts';

export interface CertainWrite {
  readonly write: Operation;
  /** What it left. */
  readonly value: Plain;
  /** By when it had happened. */
  readonly byUs: number;
  /** `acknowledged`, or `seen by #4`. */
  readonly how: string;
}

/**
 * In the order of invocation. `valueOf`: what a write leaves, undefined of what is none. `shownBy`:
 * the values that a read shows. A value that several may have written shows none of them.
 */
export function certainWrites(
  operations: readonly Operation[],
  valueOf: (operation: Operation) => Plain | undefined,
  shownBy: (operation: Operation) => readonly Plain[] = valuesRead,
): readonly CertainWrite[] {
  const open = new Map<ValueKey, Operation>();
  const tries = new Map<ValueKey, number>();
  for (const operation of operations) {
    const value = valueOf(operation);
    if (value === undefined || operation.outcome === 'fail') continue;
    const key = keyOf(value);
    tries.set(key, (tries.get(key) ?? 0) + 1);
    if (operation.outcome === 'info') open.set(key, operation);
  }
  const seen =
    open.size === 0 ? new Map<Operation, Operation>() : firstReads(operations, open, shownBy);
  return operations.flatMap((write): CertainWrite[] => {
    const value = valueOf(write);
    if (value === undefined) return [];
    if (write.outcome === 'ok')
      return [{ write, value, byUs: write.completedAtUs, how: 'acknowledged' }];
    const read = seen.get(write);
    if (read === undefined || tries.get(keyOf(value)) !== 1) return [];
    return [{ write, value, byUs: read.completedAtUs, how: `seen by #${read.index}` }];
  });
}

/** By value, in the order of `certain`: the write of it that was known to have happened first. */
export function earliestOf(certain: readonly CertainWrite[]): ReadonlyMap<ValueKey, CertainWrite> {
  const earliest = new Map<ValueKey, CertainWrite>();
  for (const one of certain) {
    const key = keyOf(one.value);
    const known = earliest.get(key);
    if (known === undefined || one.byUs < known.byUs) earliest.set(key, one);
  }
  return earliest;
}

/** By write of unknown outcome: the read that shows it and ended first. */
function firstReads(
  operations: readonly Operation[],
  open: ReadonlyMap<ValueKey, Operation>,
  shownBy: (operation: Operation) => readonly Plain[],
): ReadonlyMap<Operation, Operation> {
  const seen = new Map<Operation, Operation>();
  for (const read of operations) {
    if (read.outcome !== 'ok') continue;
    for (const value of shownBy(read)) {
      const write = open.get(keyOf(value));
      if (write === undefined || read.completedAtUs < write.invokedAtUs) continue;
      const before = seen.get(write);
      if (before === undefined || read.completedAtUs < before.completedAtUs) seen.set(write, read);
    }
  }
  return seen;
}

/** The elements of a list that was read, or the one value. */
function valuesRead({ f, output }: Operation): readonly Plain[] {
  if (f !== 'read' && f !== 'get') return [];
  return isList(output) ? output : [output];
}
