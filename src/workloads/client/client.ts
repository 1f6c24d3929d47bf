/**
 * The client: one node that drives every system. It asks what its workload's generator says, at the
 * pace that the scenario says, and writes into the journal what it sees.
 *
 * Its logical processes are Jepsen's: each is sequential, and one whose operation ended with `info`
 * never invokes again, since that operation may still happen. An open loop takes an idle process
 * for each arrival, or a new one; a closed loop has one at a time. An answer that comes after the
 * timeout is ignored: the operation stays `info`.
 */

import { assert } from '../../sim/assert.ts';
import type { Journal, OperationOutcome } from '../../sim/history.ts';
import { LoadDial, SURGE } from '../../sim/load-dial.ts';
import type { Context, Detail, Message, Node, NodeId, Plain, Random } from '../../sim/node.ts';
import type { Generator, Invocation } from '../workload.ts';
import { ARRIVAL, Arrivals, THINK } from './arrivals.ts';
import { FINAL_READ_AGAIN, FinalReads, type Reading } from './final-reads.ts';
import type { ClientSpec } from './load.ts';
import { ClientMemory, type Ends, type Invoker, Process } from './process.ts';
import { Requests } from './requests.ts';
import { Surges } from './surges.ts';

/** Set this timer on a client's context to make it call `finalRead`. */
export const FINAL_READ = 'final-read';
/**
 * A probe waits this long, and twice as long each time that it had no answer: one lost message must
 * not make a system look stuck, and a system that is slow must look slow.
 */
const PROBE_US = 1_000_000;
/** The tag of the timer that makes it ask again, though its load may be over. */
export const PROBE = 'probe';

/** Carries out the operations of a client, and reports to it how they ended. */
export type InvokerOf = (ends: Ends) => Invoker;

export class Client implements Node, Ends, Reading {
  readonly #generator: Generator;
  readonly #journal: Journal;
  readonly #dial: LoadDial;
  readonly #memory: ClientMemory;
  readonly #invoker: Invoker;
  readonly #arrivals: Arrivals;
  readonly #surges: Surges;
  readonly #reads: FinalReads;
  /** Processes without an operation in flight; the last to become idle asks next. */
  readonly #idle: Process[] = [];
  /** Asks whether the system makes progress; null while none is under way. */
  #prober: Process | null = null;
  #probeUs = PROBE_US;
  /** A probe found nothing to ask: a client that only listens. */
  #isDone = false;

  /**
   * The dial is shared by the clients of a load; without one no fault changes what this one asks.
   * The memory is shared by the lives of this client. Without `invokerOf` an operation is one
   * request.
   */
  constructor(
    spec: ClientSpec,
    generator: Generator,
    journal: Journal,
    dial: LoadDial = new LoadDial(),
    memory: ClientMemory = new ClientMemory(),
    invokerOf: InvokerOf = (ends) => new Requests(spec, journal, memory, ends),
  ) {
    assert(spec.pinned !== null || spec.targets.length > 0, 'a client has somebody to ask');
    this.#generator = generator;
    this.#journal = journal;
    this.#dial = dial;
    this.#memory = memory;
    const ask = (ctx: Context, random: Random) => this.#ask(ctx, random);
    this.#invoker = invokerOf(this);
    this.#arrivals = new Arrivals(spec, memory, dial, ask);
    this.#surges = new Surges(spec, dial, this.#arrivals, ask);
    this.#reads = new FinalReads(generator, this);
  }

  start(ctx: Context): void {
    this.#arrivals.start(ctx);
    // A client that boots in the midst of a surge takes part in it.
    for (const number of this.#dial.surges) ctx.setTimer(SURGE, 0, number);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    this.#invoker.receive(ctx, from, message);
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === ARRIVAL) this.#arrivals.arrive(ctx);
    else if (tag === SURGE) this.#surges.arrive(ctx, key);
    else if (tag === THINK) this.#ask(ctx, ctx.random);
    else if (tag === FINAL_READ) this.finalRead(ctx);
    else if (tag === FINAL_READ_AGAIN) this.#reads.again(ctx);
    else if (tag === PROBE) this.#probe(ctx);
    else this.#invoker.timeout(ctx, tag, key);
  }

  inspect(): Detail {
    const { issued } = this.#memory;
    const view = { issued, inFlight: this.#invoker.inFlight, reading: this.#reads.isUnderWay };
    return this.#isDone ? { ...view, done: true } : view;
  }

  /**
   * Stops asking, and makes the final reads. Operations in flight go on. Does nothing when called
   * again.
   */
  finalRead(ctx: Context): void {
    if (this.#reads.reader !== null) return;
    this.#arrivals.stop(ctx);
    this.#reads.start(ctx);
  }

  takeProcess(ctx: Context): Process {
    return (
      this.#idle.pop() ??
      new Process(ctx.self, this.#journal.nextProcess(), ++this.#memory.processes)
    );
  }

  read(ctx: Context, process: Process, invocation: Invocation, mostUs: number): void {
    this.#invoker.invoke(ctx, process, invocation, ctx.random, mostUs);
  }

  ended(
    ctx: Context,
    process: Process,
    outcome: OperationOutcome,
    output: Plain,
    error: string | null,
  ): void {
    this.#journal.complete(process.operation, outcome, output, error);
    const reads = process === this.#reads.reader;
    if (this.#generator.heard !== undefined) {
      const number = reads ? this.#reads.number : process.number;
      this.#generator.heard(number, process.invocation, outcome, output, error);
    }
    if (reads) {
      this.#reads.ended(ctx, outcome, error);
      return;
    }
    if (outcome !== 'info') this.#idle.push(process);
    if (process === this.#prober) {
      this.#prober = null;
      if (error === 'timeout') this.#probeUs *= 2;
    } else this.#arrivals.think(ctx, 0);
  }

  /** One operation like any other, unless one is under way or the load has no more to ask. */
  #probe(ctx: Context): void {
    if (this.#prober !== null || this.#reads.reader !== null) return;
    const process = this.takeProcess(ctx);
    const invocation = this.#generator.next(process.number, ctx.random);
    if (invocation === null) {
      this.#isDone = true;
      this.#idle.push(process);
      return;
    }
    this.#prober = process;
    this.#invoker.invoke(ctx, process, invocation, ctx.random, this.#probeUs);
  }

  #ask(ctx: Context, random: Random): void {
    const process = this.takeProcess(ctx);
    const invocation = this.#next(ctx, process, random);
    if (invocation === null) {
      this.#idle.push(process);
      this.#arrivals.finish();
      return;
    }
    this.#memory.issued++;
    this.#invoker.invoke(ctx, process, invocation, random);
  }

  #next(ctx: Context, process: Process, random: Random): Invocation | null {
    const heat = this.#dial.isNeutral ? null : this.#dial.heatFor(ctx.self);
    if (heat === null) return this.#generator.next(process.number, random);
    const key = heat.key ?? this.#generator.firstKey;
    const invocation = this.#generator.next(process.number, random, key);
    if (key !== undefined && this.#generator.wasMoved === true) heat.felt.operationsMoved++;
    return invocation;
  }
}
