/**
 * Values of measures in windows of time: those of counts and samples that fall into
 * them, and the levels of gauges with the time for which each stood.
 */
import type { MeasuredSeries } from '../../../sim/measure.ts';
import { nearestRank } from '../../../sim/nearest-rank.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { Window } from '../../checker.ts';
import { firstAt } from './windows.ts';

/** A value with its place, for sentences. */
export interface Sighting {
  readonly value: number;
  readonly node: NodeId;
  readonly atUs: number;
}

/** The values of counts or samples in the windows. */
export interface Sampled {
  readonly values: Float64Array;
  readonly sum: number;
  readonly largest: Sighting | null;
  /** The newest; of those of one instant the last in the order of the series. */
  readonly last: Sighting | null;
}

/** `windows` must be disjoint and in order. */
export function sampled(series: readonly MeasuredSeries[], windows: readonly Window[]): Sampled {
  const values: number[] = [];
  let sum = 0;
  let largest: Sighting | null = null;
  let last: Sighting | null = null;
  for (const one of series) {
    const { node, timesUs } = one;
    for (const { fromUs, untilUs } of windows) {
      const end = firstAt(one, untilUs);
      for (let i = firstAt(one, fromUs); i < end; i++) {
        const value = one.values[i]!;
        const atUs = timesUs[i]!;
        values.push(value);
        sum += value;
        if (largest === null || value > largest.value) largest = { value, node, atUs };
        if (last === null || atUs >= last.atUs) last = { value, node, atUs };
      }
    }
  }
  return { values: Float64Array.from(values), sum, largest, last };
}

const SECOND_US = 1_000_000;

/** The second with the largest sum of a count, of all nodes together. */
export interface BusiestSecond {
  readonly sum: number;
  readonly fromUs: number;
}

/**
 * Of all seconds that lie in the windows, wherever they begin: their ends are left out. A window
 * shorter than a second is one. `windows` must be disjoint and in order.
 */
export function busiestSecond(
  series: readonly MeasuredSeries[],
  windows: readonly Window[],
): BusiestSecond {
  let busiest: BusiestSecond = { sum: 0, fromUs: windows[0]?.fromUs ?? 0 };
  for (const { fromUs, untilUs } of windows) {
    const rows = series
      .flatMap((one) => {
        const end = firstAt(one, untilUs);
        const rowsOf: { readonly atUs: number; readonly value: number }[] = [];
        for (let i = firstAt(one, fromUs); i < end; i++) {
          rowsOf.push({ atUs: one.timesUs[i]!, value: one.values[i]! });
        }
        return rowsOf;
      })
      .sort((a, b) => a.atUs - b.atUs);
    let sum = 0;
    let first = 0;
    for (const { atUs, value } of rows) {
      sum += value;
      for (; rows[first]!.atUs <= atUs - SECOND_US; first++) sum -= rows[first]!.value;
      if (sum > busiest.sum) busiest = { sum, fromUs: rows[first]!.atUs };
    }
  }
  return busiest;
}

/** The levels of gauges in the windows. */
export interface Levels {
  readonly values: Float64Array;
  /** How long each stood, in µs; 0 for one that was replaced in the same instant. */
  readonly weightsUs: Float64Array;
  readonly totalUs: number;
  readonly highest: Sighting | null;
  /** The highest of those that stood when the last window ended. */
  readonly atEnd: Sighting | null;
}

/**
 * A gauge has no level before its first value, nor from a crash of its node to its next value: that
 * time counts for nothing. `windows` must be disjoint and in order.
 */
export function levels(series: readonly MeasuredSeries[], windows: readonly Window[]): Levels {
  const values: number[] = [];
  const weights: number[] = [];
  let totalUs = 0;
  let highest: Sighting | null = null;
  let atEnd: Sighting | null = null;
  const end = windows[windows.length - 1]?.untilUs ?? 0;
  for (const one of series) {
    const { node, timesUs } = one;
    for (const { fromUs, untilUs } of windows) {
      const until = firstAt(one, untilUs);
      // The level that stands when the window opens was reported before it.
      for (let i = Math.max(0, firstAt(one, fromUs) - 1); i < until; i++) {
        const value = one.values[i]!;
        const sinceUs = Math.max(fromUs, timesUs[i]!);
        const toUs = i + 1 < until ? timesUs[i + 1]! : untilUs;
        if (Number.isNaN(value) || (timesUs[i]! < fromUs && toUs <= fromUs)) continue;
        values.push(value);
        weights.push(toUs - sinceUs);
        totalUs += toUs - sinceUs;
        const seen = { value, node, atUs: sinceUs };
        if (highest === null || value > highest.value) highest = seen;
        const stands = untilUs === end && i === until - 1;
        if (stands && (atEnd === null || value > atEnd.value)) atEnd = seen;
      }
    }
  }
  const weightsUs = Float64Array.from(weights);
  return { values: Float64Array.from(values), weightsUs, totalUs, highest, atEnd };
}

/** Nearest rank, of a copy: the values keep their order. */
export function quantileOf(values: Float64Array, quantile: number): number {
  return nearestRank(values.slice(), quantile);
}

/** The mean of levels by the time that they stood; null when none stood for any time. */
export function meanLevel({ values, weightsUs, totalUs }: Levels): number | null {
  if (totalUs === 0) return null;
  let sum = 0;
  values.forEach((value, i) => {
    sum += value * weightsUs[i]!;
  });
  return sum / totalUs;
}

/** The lowest level that was not exceeded for at least this share of the time. */
export function quantileLevel(
  { values, weightsUs, totalUs }: Levels,
  quantile: number,
): number | null {
  if (totalUs === 0) return null;
  const order = [...values.keys()]
    .filter((i) => weightsUs[i]! > 0)
    .sort((a, b) => values[a]! - values[b]! || a - b);
  // Times are whole µs, so that the sum is exact; a hair less for the product.
  const wantedUs = quantile * totalUs - 1e-3;
  let sumUs = 0;
  for (const i of order) {
    sumUs += weightsUs[i]!;
    if (sumUs >= wantedUs) return values[i]!;
  }
  return null;
}
