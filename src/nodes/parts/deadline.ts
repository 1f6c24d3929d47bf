/**
 * A deadline: the time that a call may take in all, with whatever is tried within it, passed on to
 * every hop as what is left of it.
 *
 * Each hop takes off what the way back costs, and refuses what cannot end in time: work that begins
 * later is wasted. Time left is relative, since clocks differ; an absolute deadline is off by the
 * skew of the two clocks.
 */
import type { Call, CallLayer, Failure, Flow, FlowContext, Outcome } from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { KnownBug } from '../../sim/system.ts';
import { timeLeft } from './time-left.ts';

export interface DeadlineSpec {
  /** What a call may take in all, in ms; Infinity: what its caller says. */
  readonly afterMs: number;
  /** What each hop takes off for the way back, in ms. */
  readonly hopMs: number;
  /** With less time left than this, it is refused, in ms. */
  readonly leastMs: number;
}

export type DeadlineBug = 'absolute-deadline';

export const deadlineMeasures = {
  'out-of-time': { sort: 'count', doc: 'Calls refused: they had too little time left.' },
} as const satisfies MeasureTable;

export const deadlineBugs = {
  'absolute-deadline': {
    doc: 'It sends the moment of the deadline, by its own clock, and believes that of others.',
    caughtBy: 'availability',
  },
} as const satisfies { readonly [B in DeadlineBug]: KnownBug };

const TOO_LATE: Failure = {
  ok: false,
  code: 'timeout',
  from: null,
  text: 'too little time was left',
};

export class DeadlineLayer implements CallLayer {
  private readonly spec: DeadlineSpec;
  private readonly bug: DeadlineBug | null;

  constructor(spec: DeadlineSpec, bug: DeadlineBug | null = null) {
    this.spec = spec;
    this.bug = bug;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { afterMs, hopMs, leastMs } = this.spec;
    const givenMs = Math.min(this.leftOf(ctx, call), call.options.timeoutMs ?? Infinity);
    const leftMs = Math.min(afterMs, givenMs - hopMs);
    if (leftMs <= leastMs) {
      ctx.measure('out-of-time');
      return TOO_LATE;
    }
    return yield* next(this.limited(ctx, call, leftMs));
  }

  private leftOf(ctx: FlowContext, { body }: Call): number {
    const deadlineMs = body['deadlineMs'];
    if (this.bug !== 'absolute-deadline' || typeof deadlineMs !== 'number') return timeLeft(ctx);
    return deadlineMs - ctx.now();
  }

  private limited(ctx: FlowContext, call: Call, leftMs: number): Call {
    if (leftMs === Infinity) return call;
    const { target, members, to, attempt, options } = call;
    const absolute = this.bug === 'absolute-deadline';
    const body = absolute ? { ...call.body, deadlineMs: ctx.now() + leftMs } : call.body;
    return { target, members, to, body, attempt, options: { ...options, timeoutMs: leftMs } };
  }
}
