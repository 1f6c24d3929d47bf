/**
 * What replicas answered last, when nobody wrote any more.
 */
import type { History, Operation } from '../../sim/history.ts';
import { onKey, type Part, partsOf } from './parts.ts';

/**
 * The node that was asked; where the history does not know it, the client, which stands for the
 * node that it talks to.
 */
export function replicaOf({ node, client }: Operation): string {
  return node ?? client;
}

/** Operations that change nothing, so that a later read of everything need not wait for them. */
const LOOKS: readonly string[] = ['read', 'contains', 'get'];

/** With the `get` of a store that keeps siblings as the `read` that it is. */
export function getsAsReads(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((each) => (each.f === 'get' ? { ...each, f: 'read' } : each));
}

/** The answered reads that a history marks as final; null if it marks none, answered or not. */
export function markedFinal(operations: readonly Operation[]): readonly Operation[] | null {
  const marked = operations.filter(({ isFinal }) => isFinal === true);
  if (marked.length === 0) return null;
  return marked.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
}

/** Why there is no final read: this, unless all that the history marks had no answer. */
export function noFinalRead({ key, operations }: Part, otherwise: string): string {
  const isMarked = operations.some(({ isFinal }) => isFinal === true);
  return isMarked ? `No read${onKey(key)} that is marked as final was answered.` : otherwise;
}

/**
 * The last answered read of each replica: of those that the history marks as final; else among
 * those invoked after every write had ended. A write of unknown outcome ended when its client gave
 * up; one that failed did not happen.
 */
export function finalReads(operations: readonly Operation[]): ReadonlyMap<string, Operation> {
  const reads = operations.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const marked = markedFinal(operations);
  if (marked !== null) return new Map(marked.map((read) => [replicaOf(read), read]));
  let quietFromUs = -Infinity;
  for (const { f, outcome, invokedAtUs, endedAtUs } of operations) {
    if (LOOKS.includes(f) || outcome === 'fail') continue;
    quietFromUs = Math.max(quietFromUs, endedAtUs === Infinity ? invokedAtUs : endedAtUs);
  }
  const finals = new Map<string, Operation>();
  for (const read of reads) if (read.invokedAtUs > quietFromUs) finals.set(replicaOf(read), read);
  return finals;
}

/**
 * For those who read a history elsewhere: the same history, which marks what is taken for the final
 * read of each replica.
 */
export function withFinalMarks(history: History): History {
  const finals = new Set(
    partsOf(history).flatMap(({ operations }) =>
      [...finalReads(getsAsReads(operations)).values()].map(({ index }) => index),
    ),
  );
  return history.map((each) => (finals.has(each.index) ? { ...each, isFinal: true } : each));
}
