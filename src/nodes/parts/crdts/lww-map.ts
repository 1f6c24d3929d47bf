/**
 * LWW registers by key: the value with the later stamp, and of equal ones that of the later name.
 */
import type { Plain } from '../../../sim/node.ts';
import { type Crdt, mergeMaps, type ReplicaId } from './crdt.ts';

export type LwwEntry = readonly [stampMs: number, replica: ReplicaId, value: Plain];
export type LwwState = { readonly [key: string]: LwwEntry };

function later(a: LwwEntry, b: LwwEntry): LwwEntry {
  if (a[0] !== b[0]) return a[0] > b[0] ? a : b;
  return a[1] >= b[1] ? a : b;
}

export const lwwMap: Crdt<LwwState> = {
  bottom: {},
  merge: (a, b) => mergeMaps(a, b, later),
};
