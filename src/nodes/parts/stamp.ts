/**
 * A number and the name of the node that chose it: unique as long as no node uses a number twice,
 * and ordered by number first. Paxos calls it a ballot (Lamport 1998, "The Part-Time Parliament",
 * section 2.2), replicated registers a tag or timestamp (Lynch & Shvartsman 1997).
 */
import type { NodeId } from '../../sim/node.ts';

export type Stamp = {
  readonly number: number;
  readonly by: NodeId;
};

/** Less than every stamp of a node. */
export const NO_STAMP: Stamp = { number: 0, by: '' };

/** Negative if `a` is lower, 0 if they are the same, positive if `a` is higher. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.number !== b.number) return a.number - b.number;
  return a.by === b.by ? 0 : a.by < b.by ? -1 : 1;
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.number === b.number && a.by === b.by;
}

/** `7.kv-2`, for people and as a key. */
export function showStamp({ number, by }: Stamp): string {
  return `${number}.${by}`;
}
