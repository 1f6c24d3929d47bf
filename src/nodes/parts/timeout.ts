/**
 * Timeout: the time that one attempt of a call may take. The deadline of the request being handled
 * bounds all attempts together; this bounds each, so that there is time left for another.
 */
import {
  type Call,
  type CallLayer,
  type CallOptions,
  type Flow,
  type FlowContext,
  type Outcome,
  Passage,
} from '../../sim/call.ts';
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

  around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { target, members, to, body, attempt } = call;
    const options = this.bounded(call.options);
    return new TimedCall(ctx, { target, members, to, body, attempt, options }, next);
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

class TimedCall extends Passage<Outcome> {
  private readonly ctx: FlowContext;
  private readonly call: Call;
  private readonly onward: (call: Call) => Flow<Outcome>;

  constructor(ctx: FlowContext, call: Call, onward: (call: Call) => Flow<Outcome>) {
    super();
    this.ctx = ctx;
    this.call = call;
    this.onward = onward;
  }

  protected override begin(): void {
    this.waitFor(this.onward(this.call));
  }

  protected override went(outcome: Outcome): void {
    if (!outcome.ok && outcome.code === 'timeout') this.ctx.measure('timeouts');
    this.end(outcome);
  }
}
