/**
 * An autoscaler: it spreads requests over the members that are ready, looks now and then how much
 * each of them has, and starts and stops members.
 */
import type { Flow, FlowContext, ReplyBody } from '../../../sim/call.ts';
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail, NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import type { Place } from '../../../sim/system.ts';
import { Turns } from '../../../sim/turns.ts';
import { ProxyService } from '../../parts/proxy.ts';
import { Scaling } from '../../parts/scaling.ts';

export const autoscalerParams = defineParams({
  of: { type: 'nodes', doc: 'The members that it starts and stops, and sends requests to.' },
  metric: {
    type: 'choice',
    options: ['rate', 'in-flight', 'latency', 'queue', 'cpu'],
    default: 'rate',
    doc: 'What a member has: requests per second, requests under way, or ms that they take, as seen here; or requests inside, or the share of its places that are taken (0..1), as it says in checks.',
  },
  target: {
    type: 'number',
    min: 0.001,
    default: 70,
    doc: 'How much of it each member should have; less keeps more members.',
  },
  every: { type: 'duration', min: 1, default: 15_000, doc: 'How often it decides.' },
  window: {
    type: 'duration',
    min: 1,
    default: 15_000,
    doc: 'The time over which the metric is taken; longer notices later, and flaps less.',
  },
  'sample-every': {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'With `queue` and `cpu`, how often members are asked; `every` has the mean of it.',
  },
  lag: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How old the metric is when it is looked at: what collects metrics takes its time.',
  },
  'start-up': {
    type: 'duration',
    min: 0,
    default: 30_000,
    doc: 'How long a member takes until it can serve; it gets no requests before.',
  },
  min: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'Members at least, and those that are up at first.',
  },
  max: { type: 'integer', min: 1, default: 100, doc: 'Members at most.' },
  tolerance: {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0.1,
    doc: 'The share of the target within which nothing changes.',
  },
  'up-factor': {
    type: 'number',
    min: 1,
    default: 2,
    doc: 'In one period it grows by no more than this factor, or by `up-step` if that is more.',
  },
  'up-step': { type: 'integer', min: 1, default: 4, doc: 'Members that it may always add.' },
  stabilize: {
    type: 'duration',
    min: 0,
    default: 300_000,
    doc: 'It shrinks only as far as the highest wish of this time.',
  },
  'cool-down': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long it changes nothing after a change.',
  },
  grace: {
    type: 'duration',
    min: 0,
    default: 5000,
    doc: 'What a member that is stopped has left for the requests under way.',
  },
});

export const autoscalerMeasures = {
  members: { sort: 'gauge', unit: 'count', doc: 'Members that are up, starting ones included.' },
  ready: { sort: 'gauge', unit: 'count', doc: 'Members that can serve.' },
  'scale-ups': { sort: 'count', doc: 'Decisions to have more members.' },
  'scale-downs': { sort: 'count', doc: 'Decisions to have fewer members.' },
  reversals: { sort: 'count', doc: 'Decisions in the other direction than the one before.' },
  overshoot: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Members beyond those that the metric calls for, as it is seen.',
  },
  'short-seconds': {
    sort: 'count',
    doc: 'Seconds with fewer ready members than the metric calls for, beyond the tolerance; at `max` it could not have more.',
  },
  settling: {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long a series of changes took, from the first decision until the last members were ready; a decision that changes nothing ends it.',
  },
  'member-seconds': { sort: 'count', doc: 'What its members cost: seconds that they were up.' },
} as const satisfies MeasureTable;

type Given = Params<typeof autoscalerParams>;

export class Autoscaler implements Service {
  private readonly given: Given;
  private readonly scaling: Scaling;
  private readonly turns: Turns;
  private readonly proxy: ProxyService;
  /** When each member that is up can serve. */
  private readonly readyAtMs = new Map<NodeId, number>();
  private ready: readonly NodeId[] = [];
  /** Of the window, for the rate. */
  private readonly arrivals: number[] = [];
  /** Of answers since the last decision: how many, and how long they took in all, in ms. */
  private answers = 0;
  private tookMs = 0;
  /** Of samples since the last decision: how many, and their sum. */
  private samples = 0;
  private sampled = 0;
  /**
   * The mean of a member at earlier decisions that is not old enough to be seen, the oldest first.
   */
  private readonly past: { readonly atMs: number; readonly mean: number }[] = [];
  private inFlight = 0;
  /** In-flight requests times ms since the last look, for their mean. */
  private flightMs = 0;
  private lookedMs = 0;
  private lastWay = 0;
  /**
   * Of the series of changes under way: its first decision, and when its last members are ready.
   */
  private series: { readonly sinceMs: number; readyMs: number } | null = null;

  constructor(given: Given, { index }: Place, naive: boolean) {
    this.given = given;
    this.turns = new Turns(index);
    this.scaling = new Scaling({
      min: given.min,
      max: Math.min(given.max, given.of.length),
      target: given.target,
      tolerance: given.tolerance,
      upFactor: given['up-factor'],
      upStep: given['up-step'],
      stabilizeMs: given.stabilize,
      coolDownMs: given['cool-down'],
      naive,
    });
    const pool = { name: 'of', members: () => this.ready };
    this.proxy = new ProxyService(pool, [], {
      choose: (open, members) => this.turns.next(members, open) ?? (open[0] as NodeId),
    });
  }

  *start(ctx: FlowContext): Flow {
    for (const [i, node] of this.given.of.entries()) {
      if (i < this.given.min) this.readyAtMs.set(node, 0);
      else ctx.machines.stop(node);
    }
    this.look(ctx);
    const { metric } = this.given;
    if (metric === 'queue' || metric === 'cpu') ctx.fork((own) => this.sampling(own));
    for (;;) {
      yield* ctx.sleep(this.given.every);
      this.decide(ctx);
    }
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    this.look(ctx);
    const nowMs = ctx.elapsed();
    if (this.given.metric === 'rate') this.arrivals.push(nowMs);
    this.flight(nowMs, 1);
    try {
      return yield* this.proxy.handle(ctx, request);
    } finally {
      this.answers++;
      this.tookMs += ctx.elapsed() - nowMs;
      this.flight(ctx.elapsed(), -1);
    }
  }

  /** Asks members how much they have, now and then. One that does not answer says nothing. */
  private *sampling(ctx: FlowContext): Flow {
    const { metric, 'sample-every': everyMs } = this.given;
    const field = metric === 'cpu' ? 'usage' : 'load';
    for (;;) {
      yield* ctx.sleep(everyMs);
      for (const node of this.ready) ctx.fork((own) => this.sample(own, node, field));
    }
  }

  private *sample(ctx: FlowContext, node: NodeId, field: 'usage' | 'load'): Flow {
    const options = { timeoutMs: this.given['sample-every'], session: 'own' } as const;
    const outcome = yield* ctx.attempt([node], { type: 'check' }, options);
    const value = outcome.ok ? (outcome.reply as { usage?: unknown; load?: unknown })[field] : null;
    if (typeof value !== 'number') return;
    this.samples++;
    this.sampled += value;
  }

  inspect(): Detail {
    return { members: this.readyAtMs.size, ready: this.ready.length, inFlight: this.inFlight };
  }

  private flight(nowMs: number, by: number): void {
    this.flightMs += this.inFlight * (nowMs - this.lookedMs);
    this.lookedMs = nowMs;
    this.inFlight += by;
  }

  /** Which members are ready by now. */
  private look(ctx: FlowContext): void {
    const nowMs = ctx.elapsed();
    const { of } = this.given;
    const ready = of.filter((node) => (this.readyAtMs.get(node) ?? Infinity) <= nowMs);
    if (ready.length === this.ready.length && ready.every((node, i) => node === this.ready[i])) {
      return;
    }
    this.ready = ready;
    ctx.measure('ready', ready.length);
    ctx.measure('members', this.readyAtMs.size);
  }

  private decide(ctx: FlowContext): void {
    this.look(ctx);
    const nowMs = ctx.elapsed();
    const now = this.readyAtMs.size;
    const ready = this.ready.length;
    ctx.measure('member-seconds', (now * this.given.every) / 1000);
    const sum = this.seen(nowMs, this.mean(nowMs)) * ready;
    const wanted = this.scaling.decide(nowMs, { ready, starting: now - ready, sum });
    this.judge(ctx, sum, wanted);
    if (wanted === now) return this.settled(ctx);
    this.series ??= { sinceMs: nowMs, readyMs: nowMs };
    if (wanted > now) this.series.readyMs = nowMs + this.given['start-up'];
    const way = wanted > now ? 1 : -1;
    ctx.measure(way > 0 ? 'scale-ups' : 'scale-downs');
    if (way * this.lastWay < 0) ctx.measure('reversals');
    this.lastWay = way;
    ctx.note('scaled', { from: now, to: wanted, metric: sum });
    if (way > 0) this.grow(ctx, wanted);
    else this.shrink(ctx, wanted);
    ctx.measure('members', this.readyAtMs.size);
  }

  /** How many members there are, and will be, against those that the metric calls for. */
  private judge(ctx: FlowContext, sum: number, wanted: number): void {
    const { target, min, max, of, every, tolerance } = this.given;
    const most = Math.min(max, of.length);
    const needed = Math.min(most, Math.max(min, Math.ceil(sum / target)));
    ctx.measure('overshoot', Math.max(0, wanted - needed));
    const enough = sum <= this.ready.length * target * (1 + tolerance);
    if (!enough && this.ready.length < most) ctx.measure('short-seconds', every / 1000);
  }

  private settled(ctx: FlowContext): void {
    if (this.series !== null) ctx.measure('settling', this.series.readyMs - this.series.sinceMs);
    this.series = null;
  }

  /** What is seen of the mean of a member: the newest that is old enough. */
  private seen(nowMs: number, mean: number): number {
    const { lag, target } = this.given;
    if (lag === 0) return mean;
    this.past.push({ atMs: nowMs, mean });
    while (this.past.length > 1 && (this.past[1]?.atMs ?? Infinity) <= nowMs - lag)
      this.past.shift();
    const [oldest] = this.past;
    // Nothing is known yet: nothing is to change.
    return oldest !== undefined && oldest.atMs <= nowMs - lag ? oldest.mean : target;
  }

  /**
   * The metric of a ready member, on average. What nobody said changes nothing: members that hang
   * give no answers, and are not idle.
   */
  private mean(nowMs: number): number {
    const { metric, target } = this.given;
    if (metric === 'latency') {
      const mean = this.answers > 0 ? this.tookMs / this.answers : this.inFlight > 0 ? target : 0;
      this.answers = 0;
      this.tookMs = 0;
      return mean;
    }
    if (metric === 'queue' || metric === 'cpu') {
      const mean = this.samples > 0 ? this.sampled / this.samples : target;
      this.samples = 0;
      this.sampled = 0;
      return mean;
    }
    const sum = metric === 'in-flight' ? this.meanInFlight(nowMs) : this.ratePerSecond(nowMs);
    return sum / Math.max(1, this.ready.length);
  }

  /** Of all members, since the last decision. */
  private meanInFlight(nowMs: number): number {
    this.flight(nowMs, 0);
    const mean = this.flightMs / this.given.every;
    this.flightMs = 0;
    return mean;
  }

  private ratePerSecond(nowMs: number): number {
    const { window: windowMs } = this.given;
    while (this.arrivals.length > 0 && (this.arrivals[0] as number) < nowMs - windowMs) {
      this.arrivals.shift();
    }
    return (this.arrivals.length * 1000) / Math.min(windowMs, Math.max(1, nowMs));
  }

  private grow(ctx: FlowContext, wanted: number): void {
    for (const node of this.given.of) {
      if (this.readyAtMs.size >= wanted) return;
      if (this.readyAtMs.has(node)) continue;
      ctx.machines.start(node);
      this.readyAtMs.set(node, ctx.elapsed() + this.given['start-up']);
    }
  }

  /** The last ones go first, those that are starting before those that serve. */
  private shrink(ctx: FlowContext, wanted: number): void {
    for (const node of [...this.given.of].reverse()) {
      if (this.readyAtMs.size <= wanted) break;
      if (!this.readyAtMs.has(node)) continue;
      this.readyAtMs.delete(node);
      ctx.machines.stop(node, { graceMs: this.given.grace });
    }
    this.look(ctx);
  }
}
