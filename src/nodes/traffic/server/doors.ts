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
 */
import {
  bodyOf,
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
}

export const doorMeasures = {
  'shed-full': {
    sort: 'count',
    doc: 'Requests refused: the queue was full, or others came first.',
  },
  'shed-late': { sort: 'count', doc: 'Requests refused since they could not end in time.' },
  'shed-codel': { sort: 'count', doc: 'Requests refused by CoDel.' },
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

/** One request at the door, and how it is woken. */
class Waiting implements Ticket {
  readonly rank: number;
  readonly tenant: string;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly turn = new Signal();
  verdict: 'serve' | Refusal | null = null;

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
  private served = 0;

  constructor(spec: DoorsSpec, needs: readonly NodeId[], answer: (body: RequestBody) => ReplyBody) {
    this.spec = spec;
    this.needs = needs;
    this.answer = answer;
    this.door = new Admission(spec, (ticket, why) => {
      ticket.verdict = why;
      ticket.turn.wakeAll();
    });
  }

  *handle(ctx: FlowContext, request: Request, from: NodeId): Flow<ReplyBody> {
    const body = bodyOf(request);
    const nowMs = ctx.elapsed();
    const ticket = new Waiting(body, nowMs, nowMs + timeLeft(ctx));
    const verdict = this.door.offer(ticket);
    this.measureLevels(ctx);
    const decided = verdict === 'wait' ? yield* this.turnOf(ctx, ticket) : verdict;
    if (decided !== 'serve') return yield* this.refused(ctx, decided);
    const connection = `${from} ${request.session}`;
    try {
      ctx.measure('age-at-start', ctx.elapsed() - ticket.sinceMs);
      if (this.spec.handshakeMs > 0) yield* this.connect(ctx, connection);
      yield* this.work(ctx, ticket, costOf(body));
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

  private *turnOf(ctx: FlowContext, ticket: Waiting): Flow<'serve' | Refusal> {
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

  private *refused(ctx: FlowContext, why: Refusal): Flow<ReplyBody> {
    this.measureLevels(ctx);
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
      if (model === 'process-per-request' && spawnMs > 0) yield* ctx.compute(spawnMs);
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

  private coldness(ctx: FlowContext): number {
    const { warmUpMs, coldFactor } = this.spec;
    const leftMs = warmUpMs - ctx.elapsed();
    return leftMs <= 0 ? 1 : 1 + (coldFactor - 1) * (leftMs / warmUpMs);
  }

  /** A place is occupied for a service time, or for longer when others crowd in meanwhile. */
  private *occupied(ctx: FlowContext, ms: number): Flow {
    if (this.spec.halfSpeedAt === Infinity) return yield* ctx.sleep(ms);
    for (let i = 0; i < LOOKS; i++) yield* ctx.sleep((ms / LOOKS) * this.crowding());
  }

  /** How many times as long work takes for those inside. */
  private crowding(): number {
    return 1 + (this.door.active + this.door.waiting) / this.spec.halfSpeedAt;
  }

  /** A stretch of processor time, of so much if nobody else were inside. */
  private *stretch(ctx: FlowContext, aloneMs: number): Flow {
    const { model, switchMs, sliceMs } = this.spec;
    const ms = aloneMs * this.crowding();
    if (ms <= 0) return;
    if (model === 'event-loop') return yield* this.inLoop(ctx, ms + switchMs);
    for (let leftMs = ms; leftMs > 0; leftMs -= sliceMs) {
      yield* ctx.compute(switchMs + Math.min(leftMs, sliceMs));
    }
  }

  /** One stretch at a time, first come, first served. */
  private *inLoop(ctx: FlowContext, ms: number): Flow {
    while (this.looping) yield* ctx.wait(this.loop);
    this.looping = true;
    try {
      yield* ctx.compute(ms);
    } finally {
      this.looping = false;
      this.loop.wakeOne();
    }
  }
}
