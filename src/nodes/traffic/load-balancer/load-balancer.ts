/**
 * A load balancer. At layer 7 it takes each request, chooses a target, passes it on, and tries
 * another target when the first fails and a repetition can do no harm. At layer 4 it chooses once
 * for each connection, and passes on whatever comes over it.
 */
import {
  bodyOf,
  type CallLayer,
  type Chooser,
  errorBody,
  type Flow,
  type FlowContext,
  type ReplyBody,
} from '../../../sim/call.ts';
import type { Interface } from '../../../sim/interface.ts';
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail, NodeId } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { ProxyService } from '../../parts/proxy.ts';
import { textOf } from '../../parts/request-fields.ts';
import { RetryLayer, repeatable, retryMeasures } from '../../parts/retry.ts';
import { TimeoutLayer, timeoutMeasures } from '../../parts/timeout.ts';
import { type Algorithm, Balancer, type BalancerBug, type BalancerSpec } from './balancers.ts';
import { checking } from './checks.ts';
import { balancerSpecOf, checkSpecOf, type loadBalancerParams } from './params.ts';
import { matches, type RouteSpec } from './routes.ts';
import { Sessions } from './sessions.ts';

export const loadBalancerMeasures = {
  picks: { sort: 'count', doc: 'Attempts that it sent to a target; of the target.' },
  busy: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Requests that this balancer has in flight; of the target.',
  },
  healthy: {
    sort: 'gauge',
    unit: 'ratio',
    doc: '1 while it uses the target, 0 while that is ejected, leaving or found down, as requests find it; of the target.',
  },
  ejections: {
    sort: 'count',
    doc: 'Times that it left a target alone for a while; of the target.',
  },
  checks: { sort: 'count', doc: 'Checks that it made; of the target.' },
  panics: { sort: 'count', doc: 'Choices for which it ignored health: too few were well.' },
  'sticky-misses': {
    sort: 'count',
    doc: 'Requests of a sticky session that could not go to its target.',
  },
  'sticky-returns': {
    sort: 'count',
    doc: 'Requests with which a sticky session went back to its first target.',
  },
  'no-route': { sort: 'count', doc: 'Requests that no route matches.' },
  ...retryMeasures,
  ...timeoutMeasures,
} as const satisfies MeasureTable;

type Given = Params<typeof loadBalancerParams>;

/** What looks at the key of a request, or at how long it took. */
const looksAtRequest: ReadonlySet<Algorithm> = new Set([
  'ewma',
  'source-hash',
  'consistent-hash',
  'maglev',
] as const);

/** Where a request goes: the targets of a route, with a balancer for them. */
class Route {
  readonly route: RouteSpec | null;
  readonly balancer: Balancer;
  readonly proxy: ProxyService;

  constructor(
    route: RouteSpec | null,
    targets: readonly NodeId[],
    spec: BalancerSpec,
    layers: CallLayer[],
  ) {
    this.route = route;
    this.balancer = new Balancer(spec);
    this.proxy = new ProxyService(targets, layers, this.balancer);
  }
}

export class LoadBalancer {
  private readonly given: Given;
  private readonly routes: readonly Route[];
  private readonly looksAtRequest: boolean;
  /** Sticky sessions, or the connections of layer 4. */
  private readonly sessions: Sessions | null;
  /** What it does for no client in particular, which has no deadline; null before the start. */
  private background: FlowContext | null = null;

  constructor(given: Given, place: Place, bug: BalancerBug | null) {
    this.given = given;
    this.looksAtRequest = looksAtRequest.has(given.algorithm);
    const specs = given.routes ?? [null];
    this.routes = specs.map((route) => {
      const spec = balancerSpecOf(given, place, bug);
      const layers = layersOf(given, place.answers, bug);
      return new Route(route, route?.to ?? given.targets, spec, layers);
    });
    const age = given['max-connection-age'] ?? Infinity;
    const isKept = given.layer === '4' || given.sticky !== 'none';
    const idle = given.layer === '4' ? Infinity : given['sticky-ttl'];
    this.sessions = isKept ? new Sessions(idle, age) : null;
  }

  start(ctx: FlowContext): Flow | undefined {
    this.background = ctx;
    for (const { balancer, proxy } of this.routes) {
      balancer.start(ctx);
      proxy.start(ctx);
    }
    const check = checkSpecOf(this.given);
    if (check === null) return undefined;
    for (const { balancer, route } of this.routes) {
      for (const target of route?.to ?? this.given.targets) {
        ctx.fork((own) => checking(own, target, check, balancer));
      }
    }
    return undefined;
  }

  handle(ctx: FlowContext, request: Request, from: NodeId): Flow<ReplyBody> | ReplyBody {
    const found = this.routeOf(request);
    if (found === null) {
      ctx.measure('no-route');
      return { type: 'error', code: 'not-supported', text: 'no route matches' };
    }
    const { sessions } = this;
    if (sessions !== null) {
      const { layer, sticky } = this.given;
      const name = layer === '4' || sticky === 'none' ? from : textOf(request, sticky);
      return this.handleKept(ctx, request, found, { sessions, name });
    }
    if (this.given.algorithm === 'most-recent' && this.background !== null) {
      // A connection is in use until its answer comes, also when the client has given up.
      return found.proxy.pass(this.background, request, found.balancer);
    }
    return found.proxy.pass(ctx, request, this.chooserFor(ctx, found.balancer, request));
  }

  inspect(): Detail {
    let detail: Detail = {};
    const inFlight: [NodeId, number][] = [];
    for (const { balancer, proxy, route } of this.routes) {
      detail = { ...detail, ...proxy.inspect() };
      for (const id of route?.to ?? this.given.targets) inFlight.push([id, balancer.busyAt(id)]);
    }
    return { ...detail, inFlight: Object.fromEntries(inFlight) };
  }

  private routeOf(request: Request): Route | null {
    const [first] = this.routes;
    if (first?.route === null) return first;
    const body = bodyOf(request);
    return this.routes.find(({ route }) => route !== null && matches(route, body)) ?? null;
  }

  /** Most algorithms need nothing of the request: they share one chooser. */
  private chooserFor(ctx: FlowContext, balancer: Balancer, request: Request): Chooser {
    if (!this.looksAtRequest) return balancer;
    return new Choice(ctx, balancer, textOf(request, this.given['hash-by']));
  }

  /** A request of a session that stays with one target. */
  private *handleKept(
    ctx: FlowContext,
    request: Request,
    { balancer, proxy }: Route,
    { sessions, name }: Kept,
  ): Flow<ReplyBody> {
    const { layer } = this.given;
    const kept = sessions.targetOf(name, ctx.elapsed());
    if (kept !== null && layer === '7' && !balancer.health.isUp(kept)) {
      const refuses = this.given['when-out'] === 'refuse';
      if (refuses || !this.given['give-back']) ctx.measure('sticky-misses');
      if (refuses) return errorBody('temporarily-unavailable', `${kept} is out`);
      if (!this.given['give-back']) sessions.forget(name);
    }
    const chooser = this.keeping(ctx, name, balancer, sessions);
    return yield* proxy.pass(ctx, request, chooser);
  }

  /** Chooses the session's target while that may be chosen, and keeps the one chosen instead. */
  private keeping(ctx: FlowContext, name: string, balancer: Balancer, sessions: Sessions): Chooser {
    const isConnection = this.given.layer === '4';
    const lends = this.given['give-back'] && !isConnection;
    const choice = new Choice(ctx, balancer, name);
    return {
      choose(open, members) {
        const isUsable = (id: NodeId) => open.includes(id) && balancer.health.isUp(id);
        const kept = sessions.targetOf(name, ctx.elapsed());
        const home = lends ? sessions.homeOf(name) : null;
        if (home !== null && isUsable(home)) {
          ctx.measure('sticky-returns');
          sessions.lend(name, home);
          return choice.stay(home, members);
        }
        const isOpen = kept !== null && (lends ? isUsable(kept) : open.includes(kept));
        if (kept !== null && !isOpen) ctx.measure('sticky-misses');
        if (isOpen) return choice.stay(kept, members);
        const target = choice.choose(open, members);
        if (lends && kept !== null) sessions.lend(name, target);
        else sessions.keep(name, target, ctx.elapsed());
        return target;
      },
      ended: (target, how) => {
        choice.ended(target, how);
        // A connection to a target that does not answer breaks: the next request opens another.
        if (isConnection && how === 'timeout') sessions.forget(name);
      },
    };
  }
}

/** The choices for one request, of which one attempt is under way at a time. */
class Choice implements Chooser {
  private readonly ctx: FlowContext;
  private readonly balancer: Balancer;
  private readonly key: string;
  private beganMs = 0;

  constructor(ctx: FlowContext, balancer: Balancer, key: string) {
    this.ctx = ctx;
    this.balancer = balancer;
    this.key = key;
  }

  choose(open: readonly NodeId[], members: readonly NodeId[]): NodeId {
    this.beganMs = this.ctx.elapsed();
    return this.balancer.choose(open, members, this.key);
  }

  stay(target: NodeId, members: readonly NodeId[]): NodeId {
    this.beganMs = this.ctx.elapsed();
    return this.balancer.stay(target, members, this.key);
  }

  ended(target: NodeId, how: string): void {
    this.balancer.ended(target, how, this.ctx.elapsed() - this.beganMs);
  }
}

/** The session or connection that a request belongs to. */
interface Kept {
  readonly sessions: Sessions;
  readonly name: string;
}

function layersOf(
  given: Given,
  answers: readonly Interface[],
  bug: BalancerBug | null,
): CallLayer[] {
  const layers: CallLayer[] = [];
  if (given.attempts > 1 && given.layer === '7' && bug !== 'no-drain') {
    // At once: another target has no need of time to recover.
    const backoff = { kind: 'fixed', jitter: 'none', baseMs: 0, capMs: 0 } as const;
    const isIdempotent = repeatable(given.idempotent, answers);
    const { attempts } = given;
    layers.push(new RetryLayer({ attempts, backoff, isIdempotent, retryOn: null, budget: null }));
  }
  if (given.timeout !== undefined) layers.push(new TimeoutLayer(given.timeout));
  return layers;
}
