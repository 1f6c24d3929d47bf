/**
 * The client: one node that drives every system. It asks what its workload's generator says, at the
 * pace that the scenario says, and writes into the journal what it sees.
 *
 * Its logical processes are Jepsen's: each is sequential, and one whose operation ended with `info`
 * never invokes again, since that operation may still happen. An open loop takes an idle process
 * for each arrival, or a new one; a closed loop has one at a time. An answer that comes after the
 * timeout is ignored: the operation stays `info`.
 */

import { assert } from '../sim/assert.ts';
import type { DistributionSpec } from '../sim/distribution.ts';
import type { Journal, OperationOutcome } from '../sim/history.ts';
import { LoadDial, SURGE, sizeOf } from '../sim/load-dial.ts';
import type { Context, Detail, Message, Node, NodeId, Plain, Random } from '../sim/node.ts';
import { errors, isErrorReply, isReply, type Reply, type Request } from '../sim/rpc.ts';
import type { AnyWorkload, Generator, Invocation } from './workload.ts';

/** When one client asks. */
export type ClientPace =
  | {
      /** Arrivals know nothing of answers: a slow system meets the same load as a fast one. */
      readonly kind: 'open';
      readonly arrivals: 'poisson' | 'constant';
      /** Mean time between arrivals of this client, in µs. */
      readonly intervalUs: number;
      /** Of constant arrivals: the first, after the start. */
      readonly phaseUs: number;
    }
  /** Thinks (ms), asks, waits for the answer, thinks. */
  | { readonly kind: 'closed'; readonly think: DistributionSpec };

/** One client node: its share of a load. */
export interface ClientSpec {
  readonly load: string;
  readonly workload: AnyWorkload;
  /**
   * The node that it asks; null to choose among the targets for each operation, by its own stream.
   */
  readonly pinned: NodeId | null;
  readonly targets: readonly NodeId[];
  /** Patience per operation; Infinity without end. */
  readonly timeoutUs: number;
  readonly pace: ClientPace;
  /** Asks from here on, by its own clock. */
  readonly startUs: number;
  /** Asks nothing from here on, but still listens. */
  readonly stopUs: number;
  /** Asks so often at most, final reads not counted; Infinity without limit. */
  readonly operationsMax: number;
}

/** A load as a scenario has it: times in µs, rates and limits over all its clients. */
export interface Load {
  readonly name: string;
  readonly workload: AnyWorkload;
  readonly clients: readonly NodeId[];
  readonly targets: readonly NodeId[];
  readonly pinned: readonly (NodeId | null)[];
  readonly timeoutUs: number;
  readonly pace:
    | {
        readonly kind: 'open';
        readonly arrivals: 'poisson' | 'constant';
        readonly perSecond: number;
      }
    | { readonly kind: 'closed'; readonly think: DistributionSpec };
  readonly startUs: number;
  readonly stopUs: number;
  readonly operationsMax: number;
}

/**
 * The share of each client of a load, in the order of `clients`. Rates divide evenly; the constant
 * arrivals of all clients together are evenly spaced; what a limit leaves over goes to the first
 * clients.
 */
export function clientSpecs(load: Load): readonly ClientSpec[] {
  const count = load.clients.length;
  const { operationsMax: max } = load;
  return load.clients.map((_, i) => ({
    load: load.name,
    workload: load.workload,
    pinned: load.pinned[i] ?? null,
    targets: load.targets,
    timeoutUs: load.timeoutUs,
    pace: paceOf(load.pace, count, i),
    startUs: load.startUs,
    stopUs: load.stopUs,
    operationsMax: max === Infinity ? max : Math.floor(max / count) + (i < max % count ? 1 : 0),
  }));
}

function paceOf(pace: Load['pace'], count: number, i: number): ClientPace {
  if (pace.kind === 'closed') return pace;
  const intervalUs = (1_000_000 * count) / pace.perSecond;
  return { kind: 'open', arrivals: pace.arrivals, intervalUs, phaseUs: (intervalUs * i) / count };
}

/** Set this timer on a client's context to make it call `finalRead`. */
export const FINAL_READ = 'final-read';
/** The tag of the timer that makes it ask once more, though its load may be over. */
export const PROBE = 'probe';
/** A final read without an answer is repeated so often, after so long. */
const FINAL_READS_MAX = 3;
const FINAL_READ_AGAIN = 'final-read-again';
const FINAL_READ_AGAIN_MS = 100;

const NO_DIAL = new LoadDial();

const ARRIVAL = 'arrival';
const THINK = 'think';
const TIMEOUT = 'operation-timeout';

/** A logical process, and the operation that it has in flight, if any. */
class Process {
  readonly number: number;
  readonly session: string;
  serial = 0;
  /** The index of its operation in the history. */
  operation = -1;
  request = -1;
  f = '';
  /** The type of the request. */
  type = '';

  /**
   * `ordinal` counts the client's own processes, so that sessions do not depend on who else is
   * there.
   */
  constructor(client: NodeId, number: number, ordinal: number) {
    this.number = number;
    this.session = `${client}/${ordinal}`;
  }
}

export class Client implements Node {
  readonly #spec: ClientSpec;
  readonly #generator: Generator;
  readonly #journal: Journal;
  readonly #dial: LoadDial;
  /** When the next operation of each surge is due, by its number; in µs, with fractions. */
  readonly #surges = new Map<number, number>();

  /** Processes without an operation in flight; the last to become idle asks next. */
  readonly #idle: Process[] = [];
  /** Those with one, by the number of its request. */
  readonly #busy = new Map<number, Process>();
  #requests = 0;
  #processes = 0;
  #issued = 0;
  /** The generator has nothing more, or the final reads have begun. */
  #done = false;
  /** When the next arrival is due; fractions are kept, so that rounding does not add up. */
  #dueUs = 0;
  #arrivals = 0;
  /** Who does the final reads, and the number under which the generator knows them; null before. */
  #reader: Process | null = null;
  #readerNumber = -1;
  /** The final read under way, and how often it has been tried; null between and after them. */
  #reading: Invocation | null = null;
  #readTries = 0;
  /** Asks whether the system makes progress; null while none is under way. */
  #prober: Process | null = null;

  /**
   * The dial is shared by the clients of a load; without one no fault changes what this one asks.
   */
  constructor(spec: ClientSpec, generator: Generator, journal: Journal, dial: LoadDial = NO_DIAL) {
    assert(spec.pinned !== null || spec.targets.length > 0, 'a client has somebody to ask');
    this.#spec = spec;
    this.#generator = generator;
    this.#journal = journal;
    this.#dial = dial;
  }

  start(ctx: Context): void {
    if (this.#spec.pace.kind === 'closed') {
      this.#think(ctx, Math.max(0, this.#spec.startUs - nowUs(ctx)));
      return;
    }
    this.#dueUs = this.#spec.startUs;
    this.#advance(ctx);
    this.#awaitArrival(ctx);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (!isReply(message)) return;
    const process = this.#busy.get(message.inReplyTo);
    if (process === undefined) return;
    ctx.cancelTimer(TIMEOUT, process.request);
    if (isErrorReply(message)) {
      const definite = errors.get(message.code)?.definite === true;
      this.#end(ctx, process, definite ? 'fail' : 'info', null, message.code);
      return;
    }
    const output = this.#outputOf(process, from, message);
    this.#end(ctx, process, 'ok', output, null);
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === TIMEOUT) {
      const process = this.#busy.get(key);
      if (process !== undefined) this.#end(ctx, process, 'info', null, 'timeout');
    } else if (tag === ARRIVAL) this.#arrive(ctx);
    else if (tag === SURGE) this.#surge(ctx, key);
    else if (tag === THINK) this.#ask(ctx);
    else if (tag === FINAL_READ) this.finalRead(ctx);
    else if (tag === FINAL_READ_AGAIN) this.#readAgain(ctx);
    else if (tag === PROBE) this.#probe(ctx);
  }

  inspect(): Detail {
    const reading = this.#reader !== null && this.#reading !== null;
    return { issued: this.#issued, inFlight: this.#busy.size, reading };
  }

  /**
   * Stops asking, and makes the final reads of the generator, one after the other until it has no
   * more; one that gets no answer is repeated a few times. Operations in flight go on. Does nothing
   * when called again.
   */
  finalRead(ctx: Context): void {
    if (this.#reader !== null) return;
    this.#done = true;
    ctx.cancelTimer(ARRIVAL);
    ctx.cancelTimer(THINK);
    this.#reader = this.#takeProcess(ctx);
    this.#readerNumber = this.#reader.number;
    this.#readNext(ctx, this.#reader);
  }

  #readNext(ctx: Context, reader: Process): void {
    this.#reading = this.#generator.last(this.#readerNumber, ctx.random);
    this.#readTries = 1;
    if (this.#reading !== null) this.#invoke(ctx, reader, this.#reading);
  }

  #readAgain(ctx: Context): void {
    if (this.#reader === null || this.#reading === null) return;
    this.#readTries++;
    this.#invoke(ctx, this.#reader, this.#reading);
  }

  /** One operation like any other, unless one is under way or the load has no more to ask. */
  #probe(ctx: Context): void {
    if (this.#prober !== null || this.#reader !== null) return;
    const process = this.#takeProcess(ctx);
    const invocation = this.#generator.next(process.number, ctx.random);
    if (invocation === null) {
      this.#idle.push(process);
      return;
    }
    this.#prober = process;
    this.#invoke(ctx, process, invocation);
  }

  /** Everything that is due asks; several at once only at rates beyond one a microsecond. */
  #arrive(ctx: Context): void {
    const now = nowUs(ctx);
    while (this.#goesOn() && Math.round(this.#dueUs) <= now) {
      if (this.#dial.isNeutral || !this.#dial.spares(ctx.self, now)) this.#ask(ctx);
      this.#advance(ctx);
    }
    this.#awaitArrival(ctx);
  }

  #awaitArrival(ctx: Context): void {
    if (!this.#goesOn()) return;
    ctx.setTimer(ARRIVAL, Math.max(0, Math.round(this.#dueUs) - nowUs(ctx)) / 1000);
  }

  #goesOn(): boolean {
    const { stopUs, operationsMax } = this.#spec;
    return !this.#done && this.#issued < operationsMax && Math.round(this.#dueUs) < stopUs;
  }

  #advance(ctx: Context): void {
    const { pace, startUs } = this.#spec;
    if (pace.kind === 'closed') return;
    if (pace.arrivals === 'poisson') this.#dueUs += ctx.random.exponential(pace.intervalUs);
    else this.#dueUs = startUs + pace.phaseUs + pace.intervalUs * this.#arrivals;
    this.#arrivals++;
  }

  /** An operation more, of a surge, and the next one's time. The first call only draws that. */
  #surge(ctx: Context, number: number): void {
    const surge = this.#dial.surge(number);
    const { pace, startUs, stopUs, operationsMax } = this.#spec;
    if (surge === undefined || surge.factor <= 1 || pace.kind === 'closed') return;
    if (this.#done || this.#issued >= operationsMax) return;
    const random = surge.random(ctx.self);
    const intervalUs = pace.intervalUs / (surge.factor - 1);
    let dueUs = this.#surges.get(number);
    if (dueUs === undefined) dueUs = Math.max(surge.fromUs, startUs);
    else if (random.chance(sizeOf(surge, dueUs))) {
      this.#ask(ctx, random);
      surge.felt.operationsAdded++;
    }
    dueUs += pace.arrivals === 'poisson' ? random.exponential(intervalUs) : intervalUs;
    this.#surges.set(number, dueUs);
    if (dueUs >= stopUs) return;
    ctx.setTimer(SURGE, Math.max(0, Math.round(dueUs) - nowUs(ctx)) / 1000, number);
  }

  /** Closed loop: asks again after thinking. */
  #think(ctx: Context, beforeUs: number): void {
    const { pace, stopUs, operationsMax } = this.#spec;
    if (pace.kind === 'open' || this.#done || this.#issued >= operationsMax) return;
    const thinkUs = Math.round(ctx.random.draw(pace.think) * 1000);
    const paceNow = this.#dial.isNeutral ? 1 : this.#dial.pace(nowUs(ctx));
    const waitUs = beforeUs + Math.max(0, Math.round(thinkUs / paceNow));
    if (nowUs(ctx) + waitUs < stopUs) ctx.setTimer(THINK, waitUs / 1000);
  }

  #ask(ctx: Context, random: Random = ctx.random): void {
    const process = this.#takeProcess(ctx);
    const invocation = this.#next(ctx, process, random);
    if (invocation === null) {
      this.#idle.push(process);
      this.#done = true;
      return;
    }
    this.#issued++;
    this.#invoke(ctx, process, invocation, random);
  }

  #next(ctx: Context, process: Process, random: Random): Invocation | null {
    const heat = this.#dial.isNeutral ? null : this.#dial.heatFor(ctx.self);
    if (heat === null) return this.#generator.next(process.number, random);
    const key = heat.key ?? this.#generator.keys?.[0];
    const invocation = this.#generator.next(process.number, random, key);
    if (key !== undefined && invocation?.key === key) heat.felt.operationsMoved++;
    return invocation;
  }

  #takeProcess(ctx: Context): Process {
    return (
      this.#idle.pop() ?? new Process(ctx.self, this.#journal.nextProcess(), ++this.#processes)
    );
  }

  #invoke(ctx: Context, process: Process, invocation: Invocation, random = ctx.random): void {
    const { load, pinned, targets, timeoutUs } = this.#spec;
    const { f, key, input, request } = invocation;
    const node = pinned ?? random.pick(targets);
    const timeoutMs = timeoutUs === Infinity ? null : timeoutUs / 1000;
    const id = ++this.#requests;
    process.serial++;
    process.request = id;
    process.f = f;
    process.type = request.type;
    const { number, session, serial } = process;
    process.operation = this.#journal.invoke(ctx.self, {
      process: number,
      load,
      f,
      key,
      input,
      node,
    });
    this.#busy.set(id, process);
    if (timeoutMs !== null) ctx.setTimer(TIMEOUT, timeoutMs, id);
    ctx.send(node, addressed(request, id, session, serial, timeoutMs));
  }

  /** A reply of another type is a bug of the node that sent it: the run stops there and says so. */
  #outputOf(process: Process, from: NodeId, reply: Reply): Plain {
    if (reply.type !== `${process.type}_ok`) {
      assert(false, `${from} answered ${process.type} with ${reply.type}`);
    }
    return this.#spec.workload.outputOf(process.f, reply);
  }

  #end(
    ctx: Context,
    process: Process,
    outcome: OperationOutcome,
    output: Plain,
    error: string | null,
  ): void {
    this.#journal.complete(process.operation, outcome, output, error);
    this.#busy.delete(process.request);
    if (process === this.#reader) {
      this.#endRead(ctx, outcome, error);
      return;
    }
    if (outcome !== 'info') this.#idle.push(process);
    if (process === this.#prober) this.#prober = null;
    else this.#think(ctx, 0);
  }

  #endRead(ctx: Context, outcome: OperationOutcome, error: string | null): void {
    // After `info` the process is retired, and somebody new goes on in its place.
    if (outcome === 'info') this.#reader = this.#takeProcess(ctx);
    const answered = outcome === 'ok' || (error !== null && errors.get(error)?.answers === true);
    if (answered || this.#readTries >= FINAL_READS_MAX) {
      this.#readNext(ctx, this.#reader as Process);
    } else ctx.setTimer(FINAL_READ_AGAIN, FINAL_READ_AGAIN_MS);
  }
}

/**
 * The request with what the transport adds. Copied first and then added to: a literal that begins
 * with a spread and goes on costs V8 twenty times as much, which was a fifth of a run.
 */
function addressed(
  request: Invocation['request'],
  id: number,
  session: string,
  serial: number,
  timeoutMs: number | null,
): Request {
  const sent: { -readonly [F in keyof Request]?: Request[F] } = { ...request };
  sent.id = id;
  sent.session = session;
  sent.serial = serial;
  sent.attempt = 1;
  sent.timeoutMs = timeoutMs;
  return sent as Request;
}

/** The client's clock in whole µs. */
function nowUs(ctx: Context): number {
  return Math.round(ctx.now() * 1000);
}
