/**
 * A proxy: passes every request on to one of its targets, through layers, and the answer back. The
 * node kinds of policies are proxies with one layer; a load balancer is one that chooses its
 * target.
 */
import {
  bodyOf,
  type Call,
  type CallLayer,
  type CallOptions,
  type Chooser,
  errorBody,
  type Flow,
  type FlowContext,
  type Outcome,
  optionsOf,
  type Pool,
  type ReplyBody,
  type RequestBody,
  through,
} from '../../sim/call.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import type { Request } from '../../sim/rpc.ts';
import type { Service } from '../../sim/service.ts';

export class ProxyService implements Service {
  private readonly targets: readonly NodeId[] | Pool;
  private readonly layers: readonly CallLayer[];
  private readonly chooser: Chooser | null;
  private readonly options: CallOptions;
  private readonly name: string;
  private readonly members: () => readonly NodeId[];

  /** `layers` outermost first; without a chooser, targets take turns. */
  constructor(
    targets: readonly NodeId[] | Pool,
    layers: readonly CallLayer[],
    chooser: Chooser | null = null,
  ) {
    this.targets = targets;
    this.layers = layers;
    this.chooser = chooser;
    this.options = chooser === null ? {} : { chooser };
    this.name = 'name' in targets ? targets.name : targets.join(',');
    this.members = 'name' in targets ? () => targets.members() : () => targets;
  }

  start(ctx: FlowContext): Flow | undefined {
    for (const layer of this.layers) layer.start?.(ctx);
    return undefined;
  }

  handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    return this.pass(ctx, request, this.chooser);
  }

  /** Passes a request on, to the target that the chooser says. */
  *pass(ctx: FlowContext, request: Request, chooser: Chooser | null): Flow<ReplyBody> {
    const body = bodyOf(request);
    const own = chooser === null || chooser === this.chooser;
    const options = own ? this.options : { chooser };
    const outcome =
      this.layers.length === 0
        ? yield* ctx.attempt(this.targets, body, options)
        : yield* this.through(ctx, body, request.attempt, options);
    if (outcome.ok) return outcome.reply;
    return errorBody(outcome.code, outcome.text, outcome.retryAfterMs);
  }

  private through(
    ctx: FlowContext,
    body: RequestBody,
    attempt: number,
    options: CallOptions,
  ): Flow<Outcome> {
    const { targets, name: target, members } = this;
    const call: Call = { target, members, to: null, body, attempt, options };
    return through(this.layers, ctx, call, (last) =>
      ctx.attempt(targets, last.body, optionsOf(last)),
    );
  }

  inspect(): Detail {
    let detail: Detail = {};
    for (const layer of this.layers) detail = { ...detail, ...layer.inspect?.() };
    return detail;
  }
}
