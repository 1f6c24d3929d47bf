/**
 * All small histories of one object: every way in which a few intervals can overlap, times every
 * choice of operations.
 */

import type { History } from '../../src/sim/history.ts';
import { historyOf, type OperationSketch } from './histories.ts';
import { randomOf } from './simulated-register.ts';

/** What an operation is, without its times and process. */
export type Kind = Pick<OperationSketch, 'f' | 'input' | 'output' | 'outcome' | 'error'>;

/**
 * Histories of exactly `count` operations, at most `processes` of them in progress at once. An open
 * operation has no end, so of the histories that differ only there one is given.
 */
export function* smallHistories(
  count: number,
  processes: number,
  kinds: readonly Kind[],
): Generator<History> {
  for (const intervals of overlaps(count, processes)) {
    for (const chosen of choices(count, kinds)) {
      if (!isCanonical(intervals, chosen)) continue;
      yield historyOf(
        chosen.map((kind, i) => {
          const [from, to] = intervals[i] ?? [0, 0];
          return { ...kind, process: i, from: 10 * from, to: 10 * to };
        }),
      );
    }
  }
}

type Interval = readonly [from: number, to: number];

/**
 * Orders of `count` calls and their ends, as positions; calls are numbered in the order in which
 * they begin.
 */
function* overlaps(
  count: number,
  processes: number,
  open: readonly number[] = [],
  done: readonly Interval[] = [],
  starts: readonly number[] = [],
): Generator<readonly Interval[]> {
  const position = starts.length + done.filter((interval) => interval !== undefined).length;
  if (starts.length === count && open.length === 0) {
    yield done;
    return;
  }
  if (starts.length < count && open.length < processes) {
    yield* overlaps(count, processes, [...open, starts.length], done, [...starts, position]);
  }
  for (const call of open) {
    const ended = [...done];
    ended[call] = [starts[call] ?? 0, position];
    yield* overlaps(
      count,
      processes,
      open.filter((other) => other !== call),
      ended,
      starts,
    );
  }
}

function* choices(count: number, kinds: readonly Kind[]): Generator<readonly Kind[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (const rest of choices(count - 1, kinds)) {
    for (const kind of kinds) yield [...rest, kind];
  }
}

/** Open operations end last, in the order in which they began. */
function isCanonical(intervals: readonly Interval[], kinds: readonly Kind[]): boolean {
  let latest = -1;
  for (const [i, { outcome }] of kinds.entries()) {
    if (outcome !== 'info') continue;
    const end = intervals[i]?.[1] ?? 0;
    const after = intervals.filter(([, to], j) => to > end && kinds[j]?.outcome !== 'info');
    if (after.length > 0 || end < latest) return false;
    latest = end;
  }
  return true;
}

/** Drawn by chance, about one of `n`; all if that is 1. */
export function* oneIn<T>(n: number, items: Iterable<T>): Generator<T> {
  const random = randomOf(n);
  for (const item of items) if (n === 1 || random() * n < 1) yield item;
}
