/**
 * Runs of very large groups, in a process that may have more memory: V8 takes the limits of its
 * heap when a process starts, and near them it does little but look for garbage.
 */
import { getHeapStatistics } from 'node:v8';

/** A member of `gossip` takes two thirds of it by the end of a run; the rest are its messages. */
const NODE_BYTES = 6144;
const MIB = 1_048_576;
/** Where new objects live: so large that most messages have arrived when it is full. */
const YOUNG_MIB = 64;

/** The command shall begin again in a process with these flags of Node; known by its name. */
export class LargerHeap extends Error {
  readonly flags: readonly string[];
  constructor(flags: readonly string[]) {
    super(`this run needs a process with ${flags.join(' ')}`);
    this.name = 'LargerHeap';
    this.flags = flags;
  }
}

/** Throws `LargerHeap` if the heap of this process has no room for these nodes. */
export function demandHeap(nodes: number, limitBytes = getHeapStatistics().heap_size_limit): void {
  const needed = nodes * NODE_BYTES;
  if (needed <= limitBytes) return;
  const oldMib = Math.ceil(needed / MIB);
  throw new LargerHeap([`--max-old-space-size=${oldMib}`, `--max-semi-space-size=${YOUNG_MIB}`]);
}
