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
  Passage,
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
  pass(ctx: FlowContext, request: Request, chooser: Chooser | null): Flow<ReplyBody> {
    const own = chooser === null || chooser === this.chooser;
    return new PassedOn(this, ctx, request, own ? this.options : { chooser });
  }

  /** The call that it makes for a request. */
  callFor(ctx: FlowContext, request: Request, options: CallOptions): Flow<Outcome> {
    const body = bodyOf(request);
    return this.layers.length === 0
      ? ctx.attempt(this.targets, body, options)
      : this.through(ctx, body, request.attempt, options);
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

/** A request on its way through a proxy. */
class PassedOn extends Passage<ReplyBody, Outcome> {
  private readonly proxy: ProxyService;
  private readonly ctx: FlowContext;
  private readonly request: Request;
  private readonly options: CallOptions;

  constructor(proxy: ProxyService, ctx: FlowContext, request: Request, options: CallOptions) {
    super();
    this.proxy = proxy;
    this.ctx = ctx;
    this.request = request;
    this.options = options;
  }

  protected override begin(): void {
    this.waitFor(this.proxy.callFor(this.ctx, this.request, this.options));
  }

  protected override went(outcome: Outcome): void {
    if (outcome.ok) this.end(outcome.reply);
    else this.end(errorBody(outcome.code, outcome.text, outcome.retryAfterMs));
  }
}
