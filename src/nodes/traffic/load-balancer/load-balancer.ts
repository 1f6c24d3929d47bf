/**
 * A load balancer of layer 7: takes each request, chooses a target, passes it on, and tries another
 * target when the first fails and a repetition can do no harm.
 */
import type { CallLayer, Flow, FlowContext } from '../../../sim/call.ts';
import type { Interface } from '../../../sim/interface.ts';
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail, NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Place } from '../../../sim/system.ts';
import { ProxyService } from '../../parts/proxy.ts';
import { RetryLayer, repeatable, retryMeasures } from '../../parts/retry.ts';
import { TimeoutLayer, timeoutMeasures } from '../../parts/timeout.ts';
import { algorithms, Balancer } from './balancers.ts';

export const loadBalancerParams = defineParams({
  targets: { type: 'nodes', doc: 'The nodes among which requests are spread.' },
  algorithm: {
    type: 'choice',
    options: algorithms,
    default: 'round-robin',
    doc: 'How a target is chosen; the last two look at what this balancer has in flight at each.',
  },
  attempts: {
    type: 'integer',
    min: 1,
    max: 10,
    default: 2,
    doc: 'Targets tried for one request, the first included; each further one adds load when many fail.',
  },
  timeout: {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'How long one target may take; absent, as long as the caller waits, and then no time is left for another.',
  },
  idempotent: {
    type: 'list',
    of: { type: 'text', doc: 'A type of request, or `*` for all.' },
    optional: true,
    doc: 'Types of requests that go to another target even when the first may have done them. Absent: those that the interface of the targets says are harmless to repeat.',
  },
  'eject-after': {
    type: 'integer',
    min: 0,
    default: 0,
    doc: 'Failures in a row after which a target is left alone for a while; 0: never.',
  },
  'eject-for': {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'How long it is left alone; larger spares more requests, and finds out later that it is back.',
  },
});

export const loadBalancerMeasures = {
  picks: { sort: 'count', doc: 'Attempts that it sent to a target; of the target.' },
  ejections: {
    sort: 'count',
    doc: 'Times that it left a target alone for a while; of the target.',
  },
  ...retryMeasures,
  ...timeoutMeasures,
} as const satisfies MeasureTable;

export class LoadBalancer extends ProxyService {
  private readonly balancer: Balancer;
  private readonly targetIds: readonly NodeId[];

  constructor(params: Params<typeof loadBalancerParams>, { index, answers }: Place) {
    const eject = { after: params['eject-after'], forMs: params['eject-for'] };
    const balancer = new Balancer(params.algorithm, eject, index);
    super(params.targets, layersOf(params, answers), balancer);
    this.balancer = balancer;
    this.targetIds = params.targets;
  }

  override start(ctx: FlowContext): Flow | undefined {
    this.balancer.start(ctx);
    return super.start(ctx);
  }

  override inspect(): Detail {
    const inFlight = this.targetIds.map((id) => [id, this.balancer.busyAt(id)] as const);
    return { ...super.inspect(), inFlight: Object.fromEntries(inFlight) };
  }
}

function layersOf(
  params: Params<typeof loadBalancerParams>,
  answers: readonly Interface[],
): CallLayer[] {
  const layers: CallLayer[] = [];
  if (params.attempts > 1) {
    // At once: another target has no need of time to recover.
    const backoff = { kind: 'fixed', jitter: 'none', baseMs: 0, capMs: 0 } as const;
    const isIdempotent = repeatable(params.idempotent, answers);
    const { attempts } = params;
    layers.push(new RetryLayer({ attempts, backoff, isIdempotent, budget: null }));
  }
  if (params.timeout !== undefined) layers.push(new TimeoutLayer(params.timeout));
  return layers;
}
