/**
 * A fallback: what a caller gets when a call fails: an empty answer, a given one, the last good
 * one, or that of another node.
 *
 * Its answers say so: `degraded: true`. An unmarked one passes for a success, and nobody notices
 * that the target is gone. The other node has a limit of its own, and failures of its own: the load
 * of the target that failed falls on it all at once.
 */
import type {
  Call,
  CallLayer,
  Failure,
  Flow,
  FlowContext,
  Outcome,
  RequestBody,
} from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { NodeId } from '../../sim/node.ts';
import { errors, type Reply } from '../../sim/rpc.ts';
import type { KnownBug } from '../../sim/system.ts';

export interface FallbackSpec {
  readonly kind: 'empty' | 'reply' | 'stale' | 'node';
  /** `reply`: the fields of the answer. */
  readonly fields: { readonly [field: string]: string };
  /** `stale`: how old a good answer may be, in ms. */
  readonly staleForMs: number;
  /** `stale`: answers held at most; the oldest goes first. */
  readonly held: number;
  /** `node`: who answers instead. */
  readonly nodes: readonly NodeId[];
  /** `node`: calls to it under way at most. */
  readonly most: number;
}

export type FallbackBug = 'unmarked';

export const fallbackMeasures = {
  'fallback-calls': { sort: 'count', doc: 'Calls that went through it.' },
  degraded: { sort: 'count', doc: 'Calls that the fallback answered.' },
  'degraded-share': {
    ratio: ['degraded', 'fallback-calls'],
    doc: 'The share of calls that the fallback answered.',
  },
  'fallback-failed': { sort: 'count', doc: 'Calls that the fallback could not answer either.' },
} as const satisfies MeasureTable;

export const fallbackBugs = {
  unmarked: {
    doc: 'Answers of the fallback look like those of the target, and count as such.',
    caughtBy: 'degraded',
  },
} as const satisfies { readonly [B in FallbackBug]: KnownBug };

interface Good {
  readonly reply: Reply;
  readonly atMs: number;
}

export class FallbackLayer implements CallLayer {
  private readonly spec: FallbackSpec;
  private readonly bug: FallbackBug | null;
  /** The last good answer to each request, by type and fields; the oldest first. */
  private readonly good = new Map<string, Good>();
  private asking = 0;

  constructor(spec: FallbackSpec, bug: FallbackBug | null = null) {
    this.spec = spec;
    this.bug = bug;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    ctx.measure('fallback-calls');
    const outcome = yield* next(call);
    if (outcome.ok) {
      this.keep(ctx, call.body, outcome.reply);
      return outcome;
    }
    // An answer to the question is not a failure: `key-does-not-exist`.
    if (errors.get(outcome.code)?.answers === true) return outcome;
    const instead = yield* this.instead(ctx, call, outcome);
    if (!instead.ok) {
      ctx.measure('fallback-failed');
      return outcome;
    }
    if (this.bug === 'unmarked') return instead;
    ctx.measure('degraded');
    const reply: Reply = Object.assign({}, instead.reply, { degraded: true });
    return { ok: true, reply, from: instead.from };
  }

  private *instead(ctx: FlowContext, call: Call, failure: Failure): Flow<Outcome> {
    const { kind, fields, nodes, most, staleForMs } = this.spec;
    const from = failure.from ?? ctx.self;
    if (kind === 'empty' || kind === 'reply') {
      const reply = { ...fields, type: `${call.body.type}_ok`, inReplyTo: 0 };
      return { ok: true, reply, from };
    }
    if (kind === 'stale') {
      const good = this.good.get(nameOf(call.body));
      const isGood = good !== undefined && ctx.elapsed() - good.atMs <= staleForMs;
      return isGood ? { ok: true, reply: good.reply, from } : failure;
    }
    if (this.asking >= most) return failure;
    this.asking++;
    try {
      return yield* ctx.attempt(nodes, call.body, { attempt: call.attempt });
    } finally {
      this.asking--;
    }
  }

  private keep(ctx: FlowContext, body: RequestBody, reply: Reply): void {
    if (this.spec.kind !== 'stale') return;
    const name = nameOf(body);
    this.good.delete(name);
    this.good.set(name, { reply, atMs: ctx.elapsed() });
    if (this.good.size <= this.spec.held) return;
    for (const oldest of this.good.keys()) {
      this.good.delete(oldest);
      return;
    }
  }
}

function nameOf(body: RequestBody): string {
  return JSON.stringify(body);
}
