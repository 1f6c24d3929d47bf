/**
 * Dropping tombstones. One that is dropped while some copy has not heard of the deletion lets the
 * deleted value come back: that is what `gc-grace` must be long enough for.
 */
import type { Replica } from './replica.ts';

/** Drops the keys of which only tombstones from before `olderMs` are left. True if it did. */
export function dropTombstones(replica: Replica, olderMs: number): boolean {
  const before = replica.keyCount;
  for (const key of [...replica.keys()]) {
    const { siblings } = replica.copy(key);
    if (siblings.length === 0) continue;
    if (siblings.every(({ deleted, stampMs }) => deleted && stampMs < olderMs)) replica.drop(key);
  }
  return replica.keyCount < before;
}
