/**
 * Timeout: the time that one attempt of a call may take. The deadline of the request being handled
 * bounds all attempts together; this bounds each, so that there is time left for another.
 */
import type { Call, CallLayer, Flow, FlowContext, Outcome } from '../../sim/call.ts';

export class TimeoutLayer implements CallLayer {
  private readonly afterMs: number;

  constructor(afterMs: number) {
    this.afterMs = afterMs;
  }

  around(_ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { target, to, body, attempt } = call;
    const options = { timeoutMs: this.afterMs, ...call.options };
    options.timeoutMs = Math.min(this.afterMs, options.timeoutMs);
    return next({ target, to, body, attempt, options });
  }
}
