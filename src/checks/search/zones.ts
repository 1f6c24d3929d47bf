/**
 * Registers whose values can be told apart, in O(n log n): Gibbons & Korach, "Testing shared memories" (1997),
 * section 4: each value has one write, so a read tells which write it saw.
 *
 * The *cluster* of a value is its write and the reads of it. Nothing of another cluster may stand between the write and the
 * last of its reads, so a linearization puts whole clusters one after another. The *zone* of a cluster lies between
 * its first completion f and its last invocation s. If f < s the zone is *forward*: the cluster must be in force from f
 * to s, as something of it is over before something of it begins. Else it is *backward*: at any moment of s..f all of
 * it can happen at once. An order exists if and only if
 * 1. no read completes before its write is invoked,
 * 2. no two forward zones overlap, and
 * 3. no backward zone lies within a forward one.
 */
import type { Problem } from './problem.ts';

/** Whether the calls are linearizable; null if this is no register of reads and writes with a write a value. */
export function judgeByZones(problem: Problem): boolean | null {
  const clusters = clustersOf(problem);
  if (clusters === null) return null;
  if (clusters === 'unwritten') return false;
  const { first, last, written } = clusters;
  const forward: number[] = [];
  for (let c = 0; c < first.length; c++) {
    // Here `first` is that of the reads: none may be over before the write begins.
    if (first[c]! < written[c]!) return false;
    first[c] = Math.min(first[c]!, clusters.writeCompleted[c]!);
    if (first[c]! < last[c]!) forward.push(c);
  }
  forward.sort((a, b) => first[a]! - first[b]! || a - b);
  for (let i = 1; i < forward.length; i++) {
    if (first[forward[i]!]! < last[forward[i - 1]!]!) return false;
  }
  for (let c = 0; c < first.length; c++) {
    if (first[c]! < last[c]!) continue;
    const around = lastStarting(forward, first, last[c]!);
    if (around >= 0 && first[c]! < last[around]!) return false;
  }
  return true;
}

/** The last forward zone that starts before this position, or -1; they are sorted and disjoint. */
function lastStarting(forward: readonly number[], first: Float64Array, before: number): number {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first[forward[middle]!]! < before) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : forward[low - 1]!;
}

interface Clusters {
  /** Position of the first completion of a read; Infinity without reads. */
  readonly first: Float64Array;
  /** Position of the last invocation, of the write or a read. */
  readonly last: Float64Array;
  /** Position of the write's invocation and completion. */
  readonly written: Float64Array;
  readonly writeCompleted: Float64Array;
}

/** The clusters; `unwritten` if a value was read that nobody wrote. */
function clustersOf(problem: Problem): Clusters | 'unwritten' | null {
  const { closed, open, needs, sets, pure, invoked, completed, initial } = problem;
  if (needs === null || sets === null) return null;
  const writes = writesByState(problem);
  if (writes === null) return null;
  // One cluster a write, unread ones too, and one for the initial value: the last.
  const total = closed + open;
  const cluster = new Int32Array(total).fill(-1);
  let count = 0;
  for (let o = 0; o < total; o++) if (o >= closed || pure[o] === 0) cluster[o] = count++;
  const first = new Float64Array(count + 1).fill(Infinity);
  const last = new Float64Array(count + 1);
  const written = new Float64Array(count + 1);
  const writeCompleted = new Float64Array(count + 1);
  for (let o = 0; o < total; o++) {
    const c = cluster[o]!;
    if (c < 0) continue;
    written[c] = last[c] = invoked[o]!;
    writeCompleted[c] = o < closed ? completed[o]! : Infinity;
  }
  written[count] = last[count] = -2;
  writeCompleted[count] = -1;
  for (let o = 0; o < closed; o++) {
    if (pure[o] === 0) continue;
    const write = writes.get(needs[o]!);
    if (write === undefined && needs[o] !== initial) return 'unwritten';
    const c = write === undefined ? count : cluster[write]!;
    first[c] = Math.min(first[c]!, completed[o]!);
    last[c] = Math.max(last[c]!, invoked[o]!);
  }
  return { first, last, written, writeCompleted };
}

/** The write of each state that is read, or null if there are two, or calls of other kinds. */
function writesByState(problem: Problem): ReadonlyMap<number, number> | null {
  const { closed, open, needs, sets, pure, initial } = problem;
  const read = new Set<number>();
  for (let o = 0; o < closed; o++) {
    if (pure[o] === 0) continue;
    if (needs![o]! < 0) return null;
    read.add(needs![o]!);
  }
  const writes = new Map<number, number>();
  for (let o = 0; o < closed + open; o++) {
    if (o < closed && pure[o] === 1) continue;
    const state = sets![o]!;
    if (state < 0 || needs![o]! >= 0) return null;
    if (!read.has(state)) continue;
    if (state === initial || writes.has(state)) return null;
    writes.set(state, o);
  }
  return writes;
}
