/**
 * Timeout: the time that one attempt of a call may take. The deadline of the request being handled
 * bounds all attempts together; this bounds each, so that there is time left for another.
 */
import type { Call, CallLayer, CallOptions, Flow, FlowContext, Outcome } from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';

/** What every kind with a `TimeoutLayer` of its own declares. */
export const timeoutMeasures = {
  timeouts: { sort: 'count', doc: 'Attempts of calls that ended with `timeout`.' },
} as const satisfies MeasureTable;

export class TimeoutLayer implements CallLayer {
  private readonly afterMs: number;
  private readonly cancel: boolean;
  /** The options that came last, and what was made of them: most calls bring the same. */
  private given: CallOptions | null = null;
  private made: CallOptions = {};

  /** With `cancel`, the target learns that an attempt was given up. */
  constructor(afterMs: number, cancel = false) {
    this.afterMs = afterMs;
    this.cancel = cancel;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { target, members, to, body, attempt } = call;
    const options = this.bounded(call.options);
    const outcome = yield* next({ target, members, to, body, attempt, options });
    if (!outcome.ok && outcome.code === 'timeout') ctx.measure('timeouts');
    return outcome;
  }

  private bounded(given: CallOptions): CallOptions {
    if (given !== this.given) {
      const { afterMs, cancel } = this;
      this.given = given;
      this.made = { cancel, ...given, timeoutMs: Math.min(afterMs, given.timeoutMs ?? Infinity) };
    }
    return this.made;
  }
}
