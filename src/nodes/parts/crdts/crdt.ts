/**
 * Conflict-free replicated data types, as states that merge (Shapiro et al. 2011, "A comprehensive
 * study of Convergent and Commutative Replicated Data Types"). A change gives a *delta*: a small
 * state that, merged anywhere, does what the change did (Almeida, Shoker & Baquero 2018, "Delta
 * State Replicated Data Types").
 *
 * Merging is associative, commutative and idempotent, so deltas and whole states may come in any
 * order, and again.
 */
import type { Plain } from '../../../sim/node.ts';

/** A replica's own name, which no other replica has, nor ever had. */
export type ReplicaId = string;

/** A structure of one type; a state is plain data and is never changed. */
export interface Crdt<S extends Plain = Plain> {
  readonly bottom: S;
  merge(a: S, b: S): S;
}

/** The union of two maps, with what both have merged. */
export function mergeMaps<V extends Plain>(
  a: { readonly [name: string]: V },
  b: { readonly [name: string]: V },
  merge: (a: V, b: V) => V,
): { readonly [name: string]: V } {
  const merged: { [name: string]: V } = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const own = merged[name];
    merged[name] = Object.hasOwn(merged, name) && own !== undefined ? merge(own, value) : value;
  }
  return merged;
}
