/**
 * A server that decides at its door which requests it serves, and whose work is more than a wait:
 * it has processors, waits for others, and is cold at first.
 *
 * Models. `queue`: a request holds its place for the service time. The others work on the cores of
 * the machine (`cpu: { cores: 4 }`), half of `compute` before `io` and half after it: `blocking`
 * one request at a time; `process-per-request` all that come, each with the cost of a new process;
 * `thread-pool` as many as there are workers, with a switch before each stretch of work;
 * `event-loop` all that come, but one stretch of work at a time, which nothing interrupts;
 * `coroutines` the same on every core.
 *
 * Requests that are served may slow each other down (Gunther's Universal Scalability Law: work
 * takes 1 + a(n-1) + bn(n-1) times as long), need memory until there is none, or have an instance
 * each, which must be started unless one is warm.
 */
import {
  bodyOf,
  errorBody,
  type Flow,
  type FlowContext,
  type ReplyBody,
  type RequestBody,
  Signal,
} from '../../../sim/call.ts';
import type { DistributionSpec } from '../../../sim/distribution.ts';
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail, NodeId } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import type { KnownBug } from '../../../sim/system.ts';
import {
  Admission,
  type AdmissionSpec,
  type Refusal,
  rankOf,
  type Ticket,
} from '../../parts/admission.ts';
import { costOf, textOf } from '../../parts/request-fields.ts';
import { timeLeft } from '../../parts/time-left.ts';

export const MODELS = [
  'queue',
  'blocking',
  'process-per-request',
  'thread-pool',
  'event-loop',
  'coroutines',
] as const;

export interface DoorsSpec extends AdmissionSpec {
  readonly model: (typeof MODELS)[number];
  readonly serviceTime: DistributionSpec;
  readonly cpu: DistributionSpec;
  readonly io: DistributionSpec;
  readonly switchMs: number;
  readonly spawnMs: number;
  /** Of its machine. */
  readonly cores: number;
  /** A stretch of work is interrupted after this time, in ms; Infinity: never. */
  readonly sliceMs: number;
  /** What a refusal costs in processor time, in ms. */
  readonly refuseMs: number;
  /** How long after a boot work takes longer, in ms, and how many times as long at first. */
  readonly warmUpMs: number;
  readonly coldFactor: number;
  /**
   * With this many requests inside work takes twice as long; Infinity: they do not disturb each
   * other.
   */
  readonly halfSpeedAt: number;
  /** What a new connection costs, in ms. */
  readonly handshakeMs: number;
  /** Of the Universal Scalability Law: by each other request that is served, and by each pair. */
  readonly contention: number;
  readonly coherency: number;
  /** What finds the queue full is dropped without a word, not refused. */
  readonly dropsFull: boolean;
  /** With more requests served at a time there is no memory left; Infinity: never. */
  readonly mostWorkers: number;
  readonly restartMs: number;
  /** What starting an instance takes, in ms, and how long one without a request is kept. */
  readonly coldStartMs: number;
  readonly keepWarmMs: number;
  /** Instances that are always warm. */
  readonly provisioned: number;
  readonly bug: ServerBug | null;
}

/** Mistakes that servers were run with. */
export type ServerBug = 'oldest-first';

export const serverBugs = {
  'oldest-first': {
    doc: 'Serverless: of the warm instances the one that has rested longest is taken, so that none ever rests long enough to be given up.',
    caughtBy: 'instances',
  },
} as const satisfies { readonly [B in ServerBug]: KnownBug };

export const doorMeasures = {
  'shed-full': {
    sort: 'count',
    doc: 'Requests refused: the queue was full, or others came first.',
  },
  'shed-late': { sort: 'count', doc: 'Requests refused since they could not end in time.' },
  'shed-codel': { sort: 'count', doc: 'Requests refused by CoDel.' },
  'backlog-drops': { sort: 'count', doc: 'Requests dropped without a word: the backlog was full.' },
  'oom-kills': { sort: 'count', doc: 'Times that it had no memory left and was killed.' },
  'cold-starts': { sort: 'count', doc: 'Requests that had to wait for a new instance.' },
  'cold-share': {
    ratio: ['cold-starts', 'served'],
    doc: 'The share of requests that had to wait for a new instance.',
  },
  instances: {
    sort: 'gauge',
    unit: 'count',
    doc: 'Serverless: instances, with a request or warm.',
  },
  'run-queue': {
    sort: 'gauge',
    unit: 'count',
    doc: 'Models but `queue`: stretches of work that wait for a core of its machine.',
  },
  handshakes: { sort: 'count', doc: 'New connections, each of which costs `handshake`.' },
  'age-at-start': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long requests had waited as their service began.',
  },
  'work-ms': { sort: 'count', doc: 'Service time spent, in ms.' },
  'wasted-ms': { sort: 'count', doc: 'Service time spent for callers that had given up, in ms.' },
  wasted: {
    ratio: ['wasted-ms', 'work-ms'],
    doc: 'The share of its service time that a server spent for callers that had given up.',
  },
} as const satisfies MeasureTable;

/** How often a service time looks at how many are inside, where that makes it longer. */
const LOOKS = 8;

/** `killed`: the server was, while the request waited. */
type Verdict = 'serve' | 'killed' | Refusal;

/** One request at the door, and how it is woken. */
class Waiting implements Ticket {
  readonly rank: number;
  readonly tenant: string;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly turn = new Signal();
  verdict: Verdict | null = null;

  constructor(body: RequestBody, sinceMs: number, deadlineMs: number) {
    this.rank = rankOf(body['class']);
    this.tenant = textOf(body, 'tenant');
    this.sinceMs = sinceMs;
    this.deadlineMs = deadlineMs;
  }
}

export class DoorsServer implements Service {
  private readonly spec: DoorsSpec;
  private readonly needs: readonly NodeId[];
  private readonly answer: (body: RequestBody) => ReplyBody;
  private readonly door: Admission<Waiting>;
  /** Of an event loop: whether it works, and who waits for it. */
  private looping = false;
  private readonly loop = new Signal();
  /**
   * Connections that are open, by caller and session. Only kept where a new one costs something.
   */
  private readonly connections = new Set<string>();
  /** Since when each instance without a request has been so, the oldest first. */
  private idleSinceMs: number[] = [];
  /** Wakes those that are served as the server is killed, and until when it is away. */
  private readonly kill = new Signal();
  private awayUntilMs = -Infinity;
  private served = 0;
  /** Stretches of work that have a core, or wait for one. */
  private stretches = 0;
  /** Whether those inside make work take longer. */
  private readonly crowds: boolean;

  constructor(spec: DoorsSpec, needs: readonly NodeId[], answer: (body: RequestBody) => ReplyBody) {
    this.spec = spec;
    this.needs = needs;
    this.answer = answer;
    this.crowds = spec.halfSpeedAt < Infinity || spec.contention + spec.coherency > 0;
    this.door = new Admission(spec, (ticket, why) => {
      ticket.verdict = why;
      ticket.turn.wakeAll();
    });
  }

  *handle(ctx: FlowContext, request: Request, from: NodeId): Flow<ReplyBody> {
    const body = bodyOf(request);
    const nowMs = ctx.elapsed();
    if (nowMs < this.awayUntilMs) return errorBody('temporarily-unavailable', 'it starts again');
    const ticket = new Waiting(body, nowMs, nowMs + timeLeft(ctx));
    const verdict = this.door.offer(ticket);
    this.measureLevels(ctx);
    const decided = verdict === 'wait' ? yield* this.turnOf(ctx, ticket) : verdict;
    if (decided !== 'serve') return yield* this.refused(ctx, decided);
    const connection = `${from} ${request.session}`;
    try {
      ctx.measure('age-at-start', ctx.elapsed() - ticket.sinceMs);
      if (this.spec.handshakeMs > 0) yield* this.connect(ctx, connection);
      if (this.spec.mostWorkers === Infinity) yield* this.work(ctx, ticket, costOf(body));
      else if (yield* this.dies(ctx, ticket, costOf(body))) return killed();
      if (this.needs.length > 0) yield* ctx.call(this.needs, body);
    } finally {
      // Who has given up has closed the connection: as HTTP/1.1 must, to be rid of the answer.
      if (timeLeft(ctx) <= 0) this.connections.delete(connection);
      this.free(ctx);
    }
    this.served++;
    ctx.measure('served');
    return this.answer(body);
  }

  inspect(): Detail {
    return { served: this.served, active: this.door.active, queued: this.door.waiting };
  }

  /** Work in a server that may be killed meanwhile; gives whether it was. */
  private *dies(ctx: FlowContext, ticket: Waiting, cost: number): Flow<boolean> {
    const { door, spec } = this;
    if (door.active > spec.mostWorkers) {
      ctx.note('oom', { active: door.active, queued: door.waiting });
      ctx.measure('oom-kills');
      this.awayUntilMs = ctx.elapsed() + spec.restartMs;
      this.connections.clear();
      for (const one of door.clear()) {
        one.verdict = 'killed';
        one.turn.wakeAll();
      }
      this.kill.wakeAll();
      return true;
    }
    const work = this.work(ctx, ticket, cost);
    const death = ctx.wait(this.kill);
    return yield* ctx.race([ended(work, false), ended(death, true)]);
  }

  private *turnOf(ctx: FlowContext, ticket: Waiting): Flow<Verdict> {
    let heard = false;
    try {
      while (ticket.verdict === null) yield* ctx.wait(ticket.turn);
      heard = true;
      return ticket.verdict;
    } finally {
      // Cancelled while it waited; or just as its turn came, which then goes to the next.
      if (!heard && ticket.verdict === null) this.door.remove(ticket);
      if (!heard && ticket.verdict === 'serve') this.free(ctx);
    }
  }

  /** Opens a caller's connection, unless it is open. */
  private *connect(ctx: FlowContext, connection: string): Flow {
    if (this.connections.has(connection)) return;
    const { model, handshakeMs } = this.spec;
    ctx.measure('handshakes');
    if (model === 'queue') yield* ctx.sleep(handshakeMs);
    else yield* this.stretch(ctx, handshakeMs);
    this.connections.add(connection);
  }

  private *refused(ctx: FlowContext, why: Exclude<Verdict, 'serve'>): Flow<ReplyBody> {
    this.measureLevels(ctx);
    if (why === 'killed') return killed();
    if (why === 'full' && this.spec.dropsFull && ctx.deadline !== null) {
      ctx.measure('backlog-drops');
      // Without a word: who asked learns it by its own patience.
      yield* ctx.sleep(Math.max(0, timeLeft(ctx)));
      return errorBody('overloaded', 'the backlog was full');
    }
    if (why === 'expired') {
      ctx.measure('expired');
    } else {
      ctx.measure('refused');
      const isLate = why === 'no-time';
      ctx.measure(isLate ? 'shed-late' : why === 'codel' ? 'shed-codel' : 'shed-full');
    }
    if (this.spec.refuseMs > 0) yield* ctx.compute(this.spec.refuseMs);
    return { type: 'error', code: 'overloaded', text: `shed: ${why}` };
  }

  private free(ctx: FlowContext): void {
    const next = this.door.leave(ctx.elapsed());
    if (next !== null) {
      next.verdict = 'serve';
      next.turn.wakeAll();
    }
    this.measureLevels(ctx);
  }

  private measureLevels(ctx: FlowContext): void {
    ctx.measure('active', this.door.active);
    ctx.measure('queued', this.door.waiting);
  }

  private *work(ctx: FlowContext, { deadlineMs }: Waiting, cost: number): Flow {
    const { model, serviceTime, cpu, io, spawnMs } = this.spec;
    const factor = this.coldness(ctx) * cost;
    const beganMs = ctx.elapsed();
    if (model === 'queue') yield* this.occupied(ctx, ctx.random.draw(serviceTime) * factor);
    else {
      const cpuMs = ctx.random.draw(cpu) * factor;
      if (model === 'process-per-request' && spawnMs > 0) yield* this.onCore(ctx, spawnMs);
      const ioMs = ctx.random.draw(io);
      yield* this.stretch(ctx, ioMs > 0 ? cpuMs / 2 : cpuMs);
      if (ioMs > 0) {
        yield* ctx.sleep(ioMs);
        yield* this.stretch(ctx, cpuMs / 2);
      }
    }
    const tookMs = ctx.elapsed() - beganMs;
    ctx.measure('work-ms', tookMs);
    if (ctx.elapsed() > deadlineMs) ctx.measure('wasted-ms', tookMs);
  }

  /** In the instance that had a request last: so the others rest, and are given up. */
  private *inInstance(ctx: FlowContext, ms: number): Flow {
    const { spec, door } = this;
    const { keepWarmMs, provisioned } = spec;
    const nowMs = ctx.elapsed();
    this.idleSinceMs = this.idleSinceMs.filter((sinceMs) => nowMs - sinceMs <= keepWarmMs);
    const isFirst = spec.bug === 'oldest-first';
    const warm = isFirst ? this.idleSinceMs.shift() : this.idleSinceMs.pop();
    ctx.measure('instances', Math.max(provisioned, door.active + this.idleSinceMs.length));
    try {
      if (warm === undefined && door.active > provisioned) {
        ctx.measure('cold-starts');
        yield* ctx.sleep(spec.coldStartMs);
      }
      yield* ctx.sleep(ms);
    } finally {
      this.idleSinceMs.push(ctx.elapsed());
    }
  }

  private coldness(ctx: FlowContext): number {
    const { warmUpMs, coldFactor } = this.spec;
    const leftMs = warmUpMs - ctx.elapsed();
    return leftMs <= 0 ? 1 : 1 + (coldFactor - 1) * (leftMs / warmUpMs);
  }

  /** A place is occupied for a service time, or for longer when others crowd in meanwhile. */
  private *occupied(ctx: FlowContext, ms: number): Flow {
    if (this.spec.coldStartMs > 0) return yield* this.inInstance(ctx, ms);
    if (!this.crowds) return yield* ctx.sleep(ms);
    for (let i = 0; i < LOOKS; i++) yield* ctx.sleep((ms / LOOKS) * this.crowding());
  }

  /** How many times as long work takes for those inside. */
  private crowding(): number {
    const { halfSpeedAt, contention, coherency } = this.spec;
    const { active, waiting } = this.door;
    const others = (contention + coherency * active) * (active - 1);
    return (1 + (active + waiting) / halfSpeedAt) * (1 + others);
  }

  /** A stretch of processor time, of so much if nobody else were inside. */
  private *stretch(ctx: FlowContext, aloneMs: number): Flow {
    const { model, switchMs, sliceMs } = this.spec;
    const ms = aloneMs * this.crowding();
    if (ms <= 0) return;
    if (model === 'event-loop') return yield* this.inLoop(ctx, ms + switchMs);
    for (let leftMs = ms; leftMs > 0; leftMs -= sliceMs) {
      yield* this.onCore(ctx, switchMs + Math.min(leftMs, sliceMs));
    }
  }

  /** Processor time in one piece, once a core is free. */
  private *onCore(ctx: FlowContext, ms: number): Flow {
    const { cores } = this.spec;
    ctx.measure('run-queue', Math.max(0, ++this.stretches - cores));
    try {
      yield* ctx.compute(ms);
    } finally {
      ctx.measure('run-queue', Math.max(0, --this.stretches - cores));
    }
  }

  /** One stretch at a time, first come, first served. */
  private *inLoop(ctx: FlowContext, ms: number): Flow {
    while (this.looping) yield* ctx.wait(this.loop);
    this.looping = true;
    try {
      yield* this.onCore(ctx, ms);
    } finally {
      this.looping = false;
      this.loop.wakeOne();
    }
  }
}

/** The connection ends without an answer: nobody knows how much was done. */
function killed(): ReplyBody {
  return errorBody('crash', 'the server was killed');
}

function* ended<T>(flow: Flow, value: T): Flow<T> {
  yield* flow;
  return value;
}
