/** How long the request that a flow handles still has. */
import type { FlowContext } from '../../sim/call.ts';
import { msToUs, usToMs } from '../../sim/units.ts';

/**
 * In ms, 0 or less when its time is over; Infinity without a deadline. In whole µs, as clocks
 * count: of a difference that rounding leaves no timer would ever see the end.
 */
export function timeLeft(ctx: FlowContext): number {
  return ctx.deadline === null ? Infinity : inWholeUs(ctx.deadline - ctx.now());
}

/**
 * A time in ms as clocks see it, in whole µs: of the rest that rounding leaves, a wait would end at
 * once, and a loop around it never.
 */
export function inWholeUs(ms: number): number {
  return usToMs(msToUs(ms));
}
