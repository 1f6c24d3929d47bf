/**
 * Verdicts on sets that only grow, without a search, in O(n log n): histories of `add` and `read`.
 *
 * Reads of a growing set are ordered by what they hold. Number the different ones read 0, 1, ... by
 * size; each must hold the one before. An element that first shows in read r has an `add` after
 * read r-1 and before r; a read with number r comes at *rank* 2r+1, an add that first shows there
 * at rank 2r, one that never shows after all reads. An order by rank fits, and within a rank any
 * order does. So the calls are linearizable if and only if ranks agree with real time: no call was
 * over before another of lower rank began. Where an element is added more than once, one add has
 * the rank of the element and the others that or any higher one: each gets the least that real time
 * allows, and one of them must have got the element's.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call } from '../search/call.ts';
import { elementsOf, keyOf } from './elements.ts';

/** Whether the calls fit, or null if the set does not only grow. */
export function decideGrowingSet(
  calls: readonly Call[],
  initial: readonly Plain[],
): boolean | null {
  if (!calls.every(onlyGrows)) return null;
  const ranks = rank(calls, initial);
  return ranks !== null && agree(calls, ranks);
}

function onlyGrows({ f, input, output }: Call): boolean {
  // The answer of an add may tell that the element was new.
  if (f === 'add') return typeof output !== 'boolean' || typeof input === 'boolean';
  return f === 'read' && output !== undefined;
}

interface Ranks {
  /** Of each read, by its position among the calls; and the rank of each element that was read. */
  readonly ofRead: ReadonlyMap<number, number>;
  readonly ofElement: ReadonlyMap<string, number>;
}

/** Null if the reads do not hold one another. */
function rank(calls: readonly Call[], initial: readonly Plain[]): Ranks | null {
  const reads: { at: number; elements: readonly string[] }[] = [];
  for (const [at, { f, output }] of calls.entries()) {
    if (f !== 'read' || output === undefined) continue;
    const elements = elementsOf(output);
    if (elements === null) return null;
    reads.push({ at, elements });
  }
  reads.sort((a, b) => a.elements.length - b.elements.length || a.at - b.at);
  const ofRead = new Map<number, number>();
  const ofElement = new Map<string, number>();
  for (const value of initial) ofElement.set(keyOf(value), -1);
  let held = ofElement.size;
  // The reads from rank 1 on; one that holds no more than the initial elements has rank 1 too.
  let current = 1;
  for (const { at, elements } of reads) {
    if (elements.length > held) current += 2;
    let known = 0;
    for (const key of elements) {
      if (ofElement.has(key)) known++;
      else ofElement.set(key, current - 1);
    }
    if (known < held) return null;
    held = elements.length;
    ofRead.set(at, current);
  }
  return { ofRead, ofElement };
}

/** Whether each call can have its rank, by a sweep over time. */
function agree(calls: readonly Call[], { ofRead, ofElement }: Ranks): boolean {
  const order = calls
    .map((call, at) => ({ call, at }))
    .sort((a, b) => a.call.invokedAtUs - b.call.invokedAtUs || a.at - b.at);
  const byEnd = [...order].sort(
    (a, b) => a.call.completedAtUs - b.call.completedAtUs || a.at - b.at,
  );
  const rankOf = new Map<number, number>();
  const unadded = new Set([...ofElement].flatMap(([key, rank]) => (rank < 0 ? [] : [key])));
  let least = 0;
  let next = 0;
  for (const { call, at } of order) {
    for (; next < byEnd.length && byEnd[next]!.call.completedAtUs < call.invokedAtUs; next++) {
      least = Math.max(least, rankOf.get(byEnd[next]!.at) ?? 0);
    }
    const fixed = ofRead.get(at);
    if (fixed !== undefined) {
      if (fixed < least) return false;
      rankOf.set(at, fixed);
      continue;
    }
    const key = keyOf(call.input);
    const first = ofElement.get(key) ?? Infinity;
    if (first >= least) unadded.delete(key);
    rankOf.set(at, Math.max(first, least));
  }
  return unadded.size === 0;
}
