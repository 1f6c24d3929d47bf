/**
 * The smallest set of calls found that no order explains, whatever the others did. Calls that are
 * not in it are made optional: they take effect whenever it suits after what their process had done
 * before, or never; that only adds orders. (Leaving out by halves is Zeller & Hildebrandt's ddmin,
 * 2002.)
 */
import type { Budget } from '../search/turns.ts';
import { type LanePart, type Lanes, layLanes } from './lanes.ts';
import { OrderSearch } from './order-search.ts';
import { saturate } from './saturation.ts';

/** Longer histories are not shrunk: their witness is said to be all. */
const CALLS_MAX = 4000;

/** The calls that stay firm, by number; none if the history is too long to tell. */
export function firmCalls(
  lanes: Lanes,
  parts: readonly LanePart[],
  budget: Budget,
): { readonly calls: readonly number[]; readonly steps: number } {
  if (lanes.closed > CALLS_MAX) return { calls: [], steps: 0 };
  let steps = 0;
  const all = lanes.calls.slice(0, lanes.closed).map(({ index }) => index);
  const isWrong = (firm: readonly number[]) => {
    if (steps >= budget.steps) return false;
    const kept = new Set(firm);
    const relaxed = layLanes(parts, lanes.model, new Set(all.filter((index) => !kept.has(index))));
    const saturated = saturate(relaxed);
    steps += saturated.steps + relaxed.calls.length;
    if (saturated.cycle !== null || saturated.thinAir >= 0) return true;
    const search = new OrderSearch(relaxed, saturated.before, budget.bytes);
    search.run(Math.ceil((budget.steps - steps) / 2));
    steps += search.steps;
    return search.state === 'none';
  };
  let firm: readonly number[] = all;
  for (let size = firm.length >>> 1; size >= 1; size >>>= 1) firm = without(firm, size, isWrong);
  for (;;) {
    const fewer = without(firm, 1, isWrong);
    if (fewer.length === firm.length) break;
    firm = fewer;
  }
  const kept = new Set(firm);
  const calls: number[] = [];
  for (let o = 0; o < lanes.closed; o++) if (kept.has(lanes.calls[o]!.index)) calls.push(o);
  return { calls, steps };
}

function without(
  firm: readonly number[],
  size: number,
  isWrong: (firm: readonly number[]) => boolean,
): readonly number[] {
  let kept = firm;
  for (let from = 0; from < kept.length; ) {
    const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
    if (rest.length > 0 && isWrong(rest)) kept = rest;
    else from += size;
  }
  return kept;
}
