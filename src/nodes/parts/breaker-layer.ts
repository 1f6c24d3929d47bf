/**
 * The layer of a circuit breaker around calls from one node to one target.
 *
 * The circuit is of the target's name: of a group, one bad member of three opens it for all. State
 * for each member belongs to what chooses members: a load balancer ejects.
 */
import {
  type Call,
  type CallLayer,
  type Flow,
  type FlowContext,
  type Outcome,
  Passage,
} from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { NoteTable } from '../../sim/notes.ts';
import type { Invariant, KnownBug } from '../../sim/system.ts';
import {
  Breaker,
  type BreakerBug,
  type BreakerChange,
  type BreakerSpec,
  REFUSED,
} from './breaker.ts';
import { newsOfOutcome } from './target-health.ts';

export const breakerMeasures = {
  opens: { sort: 'count', doc: 'Times that the circuit opened, after failed probes too.' },
  reopens: { sort: 'count', doc: 'Times that failed probes opened the circuit again.' },
  probes: { sort: 'count', doc: 'Calls that were let through while the circuit was half-open.' },
  'short-circuited': { sort: 'count', doc: 'Calls that the breaker refused.' },
  'circuit-open': {
    sort: 'gauge',
    unit: 'ratio',
    doc: '1 while the circuit is open, else 0: its mean is the share of time open.',
  },
} as const satisfies MeasureTable;

const counts = {
  target: 'The target of the calls.',
  calls: 'Results that decided.',
  failures: 'Failures among them.',
  slow: 'Slow calls among them.',
};

export const breakerNotes = {
  opened: { doc: 'The circuit opened: calls are refused.', detail: counts },
  'half-open': { doc: 'The open time is over: probes go through.', detail: counts },
  closed: { doc: 'The probes went well: all calls go through.', detail: counts },
} as const satisfies NoteTable;

export const breakerBugs = {
  'stale-buckets': {
    doc: 'A window of time forgets by results, not by time: failures of before a pause count after it.',
    caughtBy: 'opens',
  },
  'open-gate': {
    doc: 'Half-open, it lets all calls through, not only the probes.',
    caughtBy: 'probes within their limit',
  },
  'double-open': {
    doc: 'A failure that comes in while it is open cancels the timer of the open state.',
    caughtBy: 'availability',
  },
  'leaky-probe': {
    doc: 'A probe that is cancelled, or ends without news, keeps its permit forever.',
    caughtBy: 'availability',
  },
} as const satisfies { readonly [B in BreakerBug]: KnownBug };

/** No more probes are under way than the breaker means to let through. */
export const probesWithinLimit: Invariant = {
  name: 'probes within their limit',
  source: 'Nygard 2007, Release It!: half-open lets few calls through',
  check(views) {
    for (const [node, view] of views) {
      const { probing, probeLimit } = view;
      if (typeof probing !== 'number' || typeof probeLimit !== 'number') continue;
      if (probing > probeLimit) {
        return `${node} has ${probing} probes under way, and ${probeLimit} is the limit`;
      }
    }
    return null;
  },
};

export interface BreakerLayerSpec extends BreakerSpec {
  /** Whether the half-open state begins with the first call after the open time, or at its end. */
  readonly halfOpenBy: 'call' | 'timer';
  /** Error codes that count neither way. */
  readonly ignore: readonly string[];
}

export class BreakerLayer implements CallLayer {
  private readonly spec: BreakerLayerSpec;
  private readonly breaker: Breaker;
  /** Of the node: it outlives the call that changes the state. */
  private own: FlowContext | null = null;
  private target = '';

  constructor(spec: BreakerLayerSpec, bug: BreakerBug | null = null) {
    this.spec = spec;
    this.breaker = new Breaker(spec, (change) => this.changed(change), bug);
  }

  start(ctx: FlowContext): void {
    this.own = ctx;
    ctx.measure('circuit-open', this.breaker.state === 'open' ? 1 : 0);
  }

  around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    return new GuardedCall(this, ctx, call, next);
  }

  /** The permit of a call that may go, or `REFUSED`. */
  admit(ctx: FlowContext, call: Call, nowMs: number): number {
    const { breaker } = this;
    this.target = call.target;
    const permit = breaker.permit(nowMs, ctx.random);
    if (permit !== REFUSED && breaker.state === 'half-open') ctx.measure('probes');
    return permit;
  }

  /** Without an outcome the call was cancelled: that is no news, and gives the permit back. */
  over(ctx: FlowContext, permit: number, beganMs: number, outcome: Outcome | null): void {
    const news = outcome === null || this.isIgnored(outcome) ? 'none' : newsOfOutcome(outcome);
    const nowMs = ctx.elapsed();
    this.breaker.ended(permit, nowMs, news, nowMs - beganMs, ctx.random);
  }

  inspect(): { readonly [field: string]: string | number } {
    const { breaker, spec } = this;
    const { state: circuit, probesInFlight: probing } = breaker;
    if (spec.probeShare !== null) return { circuit, probing };
    return { circuit, probing, probeLimit: spec.probeRule === 'in-a-row' ? 1 : spec.probes };
  }

  private isIgnored(outcome: Outcome): boolean {
    return !outcome.ok && this.spec.ignore.includes(outcome.code);
  }

  refusal(ctx: FlowContext, nowMs: number): Outcome {
    ctx.measure('short-circuited');
    const { state, openUntilMs } = this.breaker;
    const refused = { ok: false, code: 'circuit-open', from: null } as const;
    const text = state === 'open' ? 'the circuit is open' : 'the circuit is half-open';
    if (openUntilMs === Infinity) return { ...refused, text };
    return { ...refused, text, retryAfterMs: openUntilMs - nowMs };
  }

  private changed({ state, calls, failures, slow, again }: BreakerChange): void {
    const { own, target } = this;
    if (own === null) return;
    own.note(state === 'open' ? 'opened' : state, { target, calls, failures, slow });
    own.measure('circuit-open', state === 'open' ? 1 : 0);
    if (state === 'open') own.measure('opens');
    if (again) own.measure('reopens');
    this.wakeLater(own);
  }

  /** With `timer`, the state changes at its time, whether calls come or not. */
  private wakeLater(own: FlowContext): void {
    if (this.spec.halfOpenBy !== 'timer') return;
    const inMs = this.breaker.openUntilMs - own.elapsed();
    if (inMs === Infinity) return;
    const { breaker } = this;
    own.fork(function* (ctx) {
      yield* ctx.sleep(Math.max(0, inMs));
      breaker.look(ctx.elapsed(), ctx.random);
    });
  }
}

class GuardedCall extends Passage<Outcome> {
  private readonly layer: BreakerLayer;
  private readonly ctx: FlowContext;
  private readonly call: Call;
  private readonly onward: (call: Call) => Flow<Outcome>;
  private beganMs = 0;
  private permit = REFUSED;

  constructor(
    layer: BreakerLayer,
    ctx: FlowContext,
    call: Call,
    onward: (call: Call) => Flow<Outcome>,
  ) {
    super();
    this.layer = layer;
    this.ctx = ctx;
    this.call = call;
    this.onward = onward;
  }

  protected override begin(): void {
    const { layer, ctx, call } = this;
    this.beganMs = ctx.elapsed();
    this.permit = layer.admit(ctx, call, this.beganMs);
    if (this.permit === REFUSED) this.end(layer.refusal(ctx, this.beganMs));
    else this.waitFor(this.onward(call));
  }

  protected override went(outcome: Outcome): void {
    this.layer.over(this.ctx, this.permit, this.beganMs, outcome);
    this.end(outcome);
  }

  protected override abandoned(): void {
    this.layer.over(this.ctx, this.permit, this.beganMs, null);
  }
}
