/** Windows of time, and walking through them in the order of a history. */
import type { Window } from '../../checker.ts';

/** The same moments as windows that do not touch, in order, none empty. */
export function disjoint(windows: readonly Window[]): readonly Window[] {
  const sorted = windows
    .filter(({ fromUs, untilUs }) => fromUs < untilUs)
    .sort((a, b) => a.fromUs - b.fromUs || a.untilUs - b.untilUs);
  const merged: Window[] = [];
  for (const window of sorted) {
    const last = merged[merged.length - 1];
    if (last === undefined || last.untilUs < window.fromUs) merged.push(window);
    else if (last.untilUs < window.untilUs) {
      merged[merged.length - 1] = { fromUs: last.fromUs, untilUs: window.untilUs };
    }
  }
  return merged;
}

/** What of `whole` no window covers. */
export function complement(windows: readonly Window[], whole: Window): readonly Window[] {
  const gaps: Window[] = [];
  let fromUs = whole.fromUs;
  for (const window of disjoint(windows)) {
    gaps.push({ fromUs, untilUs: Math.min(window.fromUs, whole.untilUs) });
    fromUs = Math.max(fromUs, window.untilUs);
  }
  gaps.push({ fromUs, untilUs: whole.untilUs });
  return gaps.filter((gap) => gap.fromUs < gap.untilUs);
}

/** Finds the window of each moment, for moments that never go back. */
export class WindowCursor {
  readonly windows: readonly Window[];
  #at = 0;

  /** `windows` must be disjoint and in order. */
  constructor(windows: readonly Window[]) {
    this.windows = windows;
  }

  /** The window that holds the moment, by its index; -1 if there is none. */
  find(atUs: number): number {
    const { windows } = this;
    while (this.#at < windows.length && windows[this.#at]!.untilUs <= atUs) this.#at++;
    const window = windows[this.#at];
    return window !== undefined && window.fromUs <= atUs ? this.#at : -1;
  }
}

/**
 * The index of the window that holds a moment, -1 if none does. `windows` must be disjoint and in
 * order.
 */
export function windowAt(windows: readonly Window[], atUs: number): number {
  let low = 0;
  let high = windows.length - 1;
  while (low <= high) {
    const half = (low + high) >> 1;
    const { fromUs, untilUs } = windows[half]!;
    if (atUs < fromUs) high = half - 1;
    else if (atUs >= untilUs) low = half + 1;
    else return half;
  }
  return -1;
}

/** The index of the first row at this moment or later; the rows are in the order of time. */
export function firstAt(
  { timesUs, length }: { readonly timesUs: Float64Array; readonly length: number },
  atUs: number,
): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const half = (low + high) >>> 1;
    if (timesUs[half]! < atUs) low = half + 1;
    else high = half;
  }
  return low;
}

/** Length of all windows, in µs. */
export function lengthUs(windows: readonly Window[]): number {
  let sum = 0;
  for (const { fromUs, untilUs } of windows) sum += untilUs - fromUs;
  return sum;
}
