/**
 * Timeout: the time that one attempt of a call may take. The deadline of the request being handled
 * bounds all attempts together; this bounds each, so that there is time left for another.
 */
import type { Call, CallLayer, Flow, FlowContext, Outcome } from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';

/** What every kind with a `TimeoutLayer` of its own declares. */
export const timeoutMeasures = {
  timeouts: { sort: 'count', doc: 'Attempts of calls that ended with `timeout`.' },
} as const satisfies MeasureTable;

export class TimeoutLayer implements CallLayer {
  private readonly afterMs: number;

  constructor(afterMs: number) {
    this.afterMs = afterMs;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { target, to, body, attempt } = call;
    const options = { timeoutMs: this.afterMs, ...call.options };
    options.timeoutMs = Math.min(this.afterMs, options.timeoutMs);
    const outcome = yield* next({ target, to, body, attempt, options });
    if (!outcome.ok && outcome.code === 'timeout') ctx.measure('timeouts');
    return outcome;
  }
}
