/**
 * A store of quotas that rate limiters share, as Redis is used for it: `take` in one step, and the
 * single commands `count`, `add`, `put`, `expire`, of which limiters have been put together
 * wrongly.
 *
 * It counts by its own clock, one clock for all. Everything is in memory: a crash begins again.
 */

import type quota from '../../../interfaces/quota.ts';
import type { FlowContext, ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import { KeyedLimits, type RateLimitSpec } from '../../parts/rate-limit.ts';

export const quotaMeasures = {
  taken: { sort: 'count', doc: 'What it has granted, by cost.' },
  denied: { sort: 'count', doc: 'Requests that it has not granted.' },
} as const satisfies MeasureTable;

interface Count {
  count: number;
  /** Infinity: never. */
  endsAtMs: number;
}

type QuotaRequest = RequestOf<typeof quota>;

export class QuotaStore implements Service {
  private readonly spec: RateLimitSpec;
  private readonly limits: KeyedLimits;
  private readonly counts = new Map<string, Count>();

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
    this.limits = new KeyedLimits(spec);
  }

  handle(ctx: FlowContext, request: Request): ReplyBody {
    const asked = request as QuotaRequest;
    const nowMs = ctx.elapsed();
    switch (asked.type) {
      case 'take':
        return this.take(ctx, nowMs, asked.key, asked.cost);
      case 'count':
        return { type: 'count_ok', count: this.countOf(asked.key, nowMs)?.count ?? 0 };
      case 'add':
        return {
          type: 'add_ok',
          count: this.add(asked.key, nowMs, asked.cost, asked.kept === true),
        };
      case 'put':
        this.put(asked.key, nowMs, asked.count);
        return { type: 'put_ok' };
      case 'expire':
        this.expire(asked.key, nowMs);
        return { type: 'expire_ok' };
    }
  }

  inspect(): Detail {
    return { keys: Math.max(this.limits.keys, this.counts.size) };
  }

  private take(ctx: FlowContext, nowMs: number, key: string, cost: number): ReplyBody {
    const answer = this.limits.take(key, nowMs, cost, 0);
    if (answer >= 0) {
      ctx.measure('taken', cost);
      return { type: 'take_ok', allowed: true };
    }
    ctx.measure('denied');
    const allowed = { type: 'take_ok', allowed: false };
    return answer === -Infinity ? allowed : { ...allowed, retryAfterMs: -answer };
  }

  /** null when there is none, or its window is over. */
  private countOf(key: string, nowMs: number): Count | null {
    const count = this.counts.get(key);
    return count === undefined || nowMs >= count.endsAtMs ? null : count;
  }

  private add(key: string, nowMs: number, cost: number, kept: boolean): number {
    const count = this.countOf(key, nowMs);
    if (count !== null) {
      count.count += cost;
      return count.count;
    }
    this.counts.set(key, { count: cost, endsAtMs: kept ? Infinity : this.endOf(nowMs) });
    return cost;
  }

  private put(key: string, nowMs: number, count: number): void {
    const held = this.countOf(key, nowMs);
    if (held !== null) held.count = count;
    else this.counts.set(key, { count, endsAtMs: this.endOf(nowMs) });
  }

  private expire(key: string, nowMs: number): void {
    const count = this.countOf(key, nowMs);
    if (count !== null) count.endsAtMs = nowMs + this.spec.windowMs;
  }

  private endOf(nowMs: number): number {
    const { windowMs } = this.spec;
    return (Math.floor(nowMs / windowMs) + 1) * windowMs;
  }
}
