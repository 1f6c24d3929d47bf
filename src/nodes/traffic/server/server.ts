/**
 * A server: answers any request after a service time, some at a time, the rest in a queue. With
 * Poisson arrivals and an exponential service time it is the queue M/M/c of the textbooks (M/D/1
 * with a constant one, M/M/c/K with a bound).
 *
 * With `needs` it is one tier of several: each request is answered once the tiers behind have
 * answered theirs.
 */
import {
  bodyOf,
  type Flow,
  type FlowContext,
  type ReplyBody,
  type RequestBody,
} from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { ServeOptions, Service } from '../../../sim/service.ts';

export const serverParams = defineParams({
  concurrency: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'Requests served at a time: threads, or cores; more raise the throughput, not the speed of one.',
  },
  queue: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Requests that may wait; one more is refused as `overloaded`. Absent, the queue has no end.',
  },
  'service-time': {
    type: 'distribution',
    default: { kind: 'constant', value: 1 },
    doc: 'How long one request occupies a place; `{ exponential: { mean: 10ms } }` makes M/M/c.',
  },
  expired: {
    type: 'choice',
    options: ['handle', 'drop', 'refuse'],
    default: 'handle',
    doc: 'What to do with a request whose caller has given up while it queued; to handle it is wasted work.',
  },
  needs: {
    type: 'nodes',
    optional: true,
    doc: 'Nodes behind: each request is sent on to one of them, in turn, and answered after it. `calls:` may put policies around.',
  },
});

export class Server implements Service {
  private readonly needs: readonly NodeId[];
  private served = 0;

  constructor(params: Params<typeof serverParams>) {
    this.needs = params.needs ?? [];
  }

  handle(ctx: FlowContext, request: Request): Flow<ReplyBody> | ReplyBody {
    const body = bodyOf(request);
    return this.needs.length === 0 ? this.answer(body) : this.callThenAnswer(ctx, body);
  }

  inspect() {
    return { served: this.served };
  }

  private *callThenAnswer(ctx: FlowContext, body: RequestBody): Flow<ReplyBody> {
    yield* ctx.call(this.needs, body);
    return this.answer(body);
  }

  private answer(body: RequestBody): ReplyBody {
    this.served++;
    const { replyBytes, ...fields } = body;
    const reply: { type: string; [field: string]: unknown } = fields;
    if (replyBytes !== undefined) reply['bytes'] = replyBytes;
    reply.type = `${body.type}_ok`;
    return reply;
  }
}

export function serveOptions(params: Params<typeof serverParams>): ServeOptions {
  const { concurrency, queue, expired } = params;
  const options = {
    concurrency,
    expired,
    serviceTime: params['service-time'],
    measured: true,
  };
  return queue === undefined ? options : { ...options, queue };
}
