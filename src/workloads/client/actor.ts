/**
 * Operations that are flows: a client whose operation may call several nodes, wait and loop, and
 * which takes messages that it did not ask for.
 *
 * How an operation ends. What its flow returns is the output of `ok`. A `CallError` that escapes it
 * is `fail` if it is definite and nothing else was done that may have happened; else `info`, under
 * its own code or, of a definite one, under `crash`: the rule by which services answer.
 * `OperationFailed` is `fail` whatever was done before. When the client's patience is over, the
 * flow is cancelled, its `finally` blocks run, and the operation is `info`.
 */
import { CallError, type Flow, type Fork } from '../../sim/call.ts';
import type { EdgeSession } from '../../sim/flows/calls.ts';
import type { Fiber, FiberOwner } from '../../sim/flows/flow.ts';
import type { Identity } from '../../sim/flows/own-sessions.ts';
import { Life, Scope } from '../../sim/flows/scope.ts';
import type { Journal, OperationOutcome } from '../../sim/history.ts';
import type { LoadDial } from '../../sim/load-dial.ts';
import type { Context, Detail, Message, Node, NodeId, Plain, Random } from '../../sim/node.ts';
import { isReply, type Reply } from '../../sim/rpc.ts';
import type { Place } from '../../sim/system.ts';
import {
  type Actor,
  type ActorContext,
  type Generator,
  type Invocation,
  OperationFailed,
} from '../workload.ts';
import { Client } from './client.ts';
import type { ClientSpec } from './load.ts';
import { ClientMemory, type Ends, type Invoker, Process } from './process.ts';
import { outputOf, TIMEOUT } from './requests.ts';

/** A client whose operations are flows. */
export class ActingClient implements Node {
  readonly #client: Client;
  readonly #flows: ActorFlows;

  /** `place` gives the targets' nodes and the policies around calls to them. */
  constructor(
    spec: ClientSpec,
    generator: Generator,
    actor: Actor,
    journal: Journal,
    place: Place,
    dial?: LoadDial,
    memory: ClientMemory = new ClientMemory(),
  ) {
    const flows = new ActorFlows(spec, actor, journal, place, memory);
    this.#flows = flows;
    this.#client = new Client(spec, generator, journal, dial, memory, (ends) => {
      flows.ends = ends;
      return flows;
    });
  }

  start(ctx: Context): void {
    this.#flows.start(ctx);
    this.#client.start(ctx);
    this.#flows.endEvent();
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    this.#client.receive(ctx, from, message);
    this.#flows.endEvent();
  }

  timeout(ctx: Context, tag: string, key: number): void {
    this.#client.timeout(ctx, tag, key);
    this.#flows.endEvent();
  }

  inspect(): Detail {
    return { ...this.#client.inspect(), ...this.#flows.inspect() };
  }

  finalRead(ctx: Context): void {
    this.#client.finalRead(ctx);
    this.#flows.endEvent();
  }
}

/** The actor of a plain workload: one request, through whatever stands around the call. */
export function oneCall(spec: ClientSpec): Actor {
  return {
    *invoke(ctx, { f, request }) {
      const outcome = yield* ctx.attempt(ctx.target, request);
      if (outcome.ok) return outputOf(spec.workload, f, request.type, outcome.from, outcome.reply);
      const error = new CallError(outcome.code, ctx.target, outcome.from, outcome.text);
      // The layers have seen every attempt: a definite code of theirs speaks for all of them.
      throw error.definite ? new OperationFailed(outcome.code, error.message) : error;
    },
  };
}

/** The flows of one life of a client. */
class ActorFlows implements Invoker, FiberOwner {
  ends: Ends | null = null;
  readonly spec: ClientSpec;
  readonly journal: Journal;
  readonly #actor: Actor;
  readonly #place: Place;
  readonly #memory: ClientMemory;
  readonly #open = new Map<number, OperationScope>();
  #life: Life | null = null;
  #background: ProcessScope | null = null;
  /** The process of recorded operations; null before the first of them. */
  #recorder: number | null = null;

  constructor(
    spec: ClientSpec,
    actor: Actor,
    journal: Journal,
    place: Place,
    memory: ClientMemory,
  ) {
    this.spec = spec;
    this.journal = journal;
    this.#actor = actor;
    this.#place = place;
    this.#memory = memory;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  start(ctx: Context): void {
    const life = new Life(ctx, this.#place, this);
    const process = new Process(ctx.self, this.journal.nextProcess(), ++this.#memory.processes);
    this.#life = life;
    this.#background = new ProcessScope(life, this, process, null);
    const starting = this.#actor.start?.(this.#background);
    if (starting !== undefined) life.flows.start(starting);
  }

  endEvent(): void {
    this.#life?.flows.endEvent();
  }

  invoke(
    ctx: Context,
    process: Process,
    invocation: Invocation,
    _random: Random,
    mostUs = Infinity,
  ): void {
    const life = this.#life;
    if (life === null) return;
    const { load } = this.spec;
    const timeoutUs = Math.min(this.spec.timeoutUs, mostUs);
    const { f, key, input } = invocation;
    const start = { process: process.number, load, f, key, input, node: null };
    process.invocation = invocation;
    process.operation = this.journal.invoke(ctx.self, start);
    const timeoutMs = timeoutUs === Infinity ? null : timeoutUs / 1000;
    const number = ++this.#memory.requests;
    const deadline = timeoutMs === null ? null : ctx.now() + timeoutMs;
    const scope = new OperationScope(life, this, process, deadline, number);
    this.#open.set(number, scope);
    if (timeoutMs !== null) ctx.setTimer(TIMEOUT, timeoutMs, number);
    scope.run(this.#actor.invoke(scope, invocation));
  }

  receive(_ctx: Context, from: NodeId, message: Message): void {
    if (isReply(message)) this.#life?.calls.answer(from, message);
    else if (this.#background !== null) this.#actor.receive?.(this.#background, from, message);
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === TIMEOUT) this.#patienceIsOver(ctx, key);
    else if (tag === 'call') this.#life?.calls.timedOut(key);
    else this.#life?.due(key);
  }

  inspect(): Detail {
    const calls = this.#life?.calls.inspect() ?? null;
    return { ...this.#actor.inspect?.(), ...(calls === null ? {} : { calls }) };
  }

  /** An operation is over; its flow has ended, or is cancelled. */
  end(scope: OperationScope, outcome: OperationOutcome, output: Plain, error: string | null): void {
    const { ctx } = scope;
    this.#open.delete(scope.number);
    ctx.cancelTimer(TIMEOUT, scope.number);
    this.ends?.ended(ctx, scope.process, outcome, output, error);
  }

  record(
    client: NodeId,
    f: string,
    key: string | null,
    input: Plain,
    output: Plain,
    node: NodeId | null,
  ): void {
    this.#recorder ??= this.journal.nextProcess();
    const { load } = this.spec;
    const recorded = true;
    const start = { process: this.#recorder, load, f, key, input, node, recorded } as const;
    this.journal.complete(this.journal.invoke(client, start), 'ok', output, null);
  }

  /** A background flow is done. */
  ended(): void {}

  failed(_fiber: Fiber, error: unknown): void {
    if (!(error instanceof CallError)) this.#life?.flows.stop(error);
    else {
      const { code, target } = error;
      this.#background?.note('background flow failed', { code, target });
    }
  }

  /**
   * A call of the operation that has the same deadline ends first, so that its layers count a
   * timeout: the operation itself ends behind all that is due at this instant.
   */
  #patienceIsOver(ctx: Context, number: number): void {
    const scope = this.#open.get(number);
    if (scope === undefined) return;
    if (scope.isLate) {
      scope.cancel();
      this.end(scope, 'info', null, 'timeout');
      return;
    }
    scope.isLate = true;
    ctx.setTimer(TIMEOUT, 0, number);
  }
}

/**
 * What a flow of an actor sees. Each of its calls has a number of its own in a session of its
 * process, so that a store that drops repeats keeps two writes of one operation apart.
 */
class ProcessScope extends Scope implements ActorContext, EdgeSession {
  override edge: EdgeSession | null = this;
  readonly process: Process;
  protected readonly actorFlows: ActorFlows;

  constructor(life: Life, flows: ActorFlows, process: Process, deadline: number | null) {
    super(life, deadline, process.session, 0, 1, null);
    this.actorFlows = flows;
    this.process = process;
  }

  get target(): string {
    const { pinned, target } = this.actorFlows.spec;
    return pinned ?? target;
  }

  get targets(): readonly NodeId[] {
    const { pinned, targets } = this.actorFlows.spec;
    return pinned === null ? targets : [pinned];
  }

  get mine(): Map<string, Plain> {
    return this.process.mine;
  }

  record(f: string, key: string | null, input: Plain, output: Plain, from?: NodeId): void {
    this.actorFlows.record(this.self, f, key, input, output, from ?? null);
  }

  override fork(work: Flow<unknown> | ((ctx: ActorContext) => Flow<unknown>)): Fork {
    if (typeof work !== 'function') return super.fork(work);
    return super.fork(work(new ProcessScope(this.life, this.actorFlows, this.process, null)));
  }

  /** A client has no other sessions than those of its processes. */
  override identify(): Identity {
    return this.process.calls.take();
  }

  override release(identity: Identity): void {
    this.process.calls.give(identity);
  }

  sends(request: { [field: string]: unknown }, _to: NodeId): void {
    const { options, stamps } = this.actorFlows.spec;
    for (const [name, value] of Object.entries(options ?? {})) {
      if (!Object.hasOwn(request, name)) request[name] = value;
    }
    if (stamps) request['stampMs'] = this.now();
    const { context } = this.process;
    if (context !== undefined) request['context'] = context;
  }

  hears(reply: Reply): void {
    if (reply.context !== undefined) this.process.context = reply.context;
  }
}

/** An operation: the context of its flow, and who learns of its end. */
class OperationScope extends ProcessScope implements FiberOwner {
  /** Of its timer. */
  readonly number: number;
  /** Its deadline has come; it ends once everything else of that instant has happened. */
  isLate = false;
  #fiber: Fiber | null = null;
  #sent = false;

  constructor(
    life: Life,
    flows: ActorFlows,
    process: Process,
    deadline: number | null,
    number: number,
  ) {
    super(life, flows, process, deadline);
    this.number = number;
  }

  get ctx(): Context {
    return this.life.ctx;
  }

  run(work: Flow<Plain> | Plain): void {
    if (isFlow(work)) this.#fiber = this.life.flows.start(work, this);
    else this.actorFlows.end(this, 'ok', work, null);
  }

  cancel(): void {
    if (this.#fiber !== null) this.life.flows.cancel(this.#fiber);
  }

  ended(_fiber: Fiber, value: unknown): void {
    this.actorFlows.end(this, 'ok', (value ?? null) as Plain, null);
  }

  failed(_fiber: Fiber, error: unknown): void {
    if (error instanceof OperationFailed) this.actorFlows.end(this, 'fail', null, error.code);
    else if (!(error instanceof CallError)) this.life.flows.stop(error);
    else if (!error.definite) this.actorFlows.end(this, 'info', null, error.code);
    else if (this.hasActed) this.actorFlows.end(this, 'info', null, 'crash');
    else this.actorFlows.end(this, 'fail', null, error.code);
  }

  /** The history names the node that an operation was first sent to. */
  override sends(request: { [field: string]: unknown }, to: NodeId): void {
    super.sends(request, to);
    if (this.#sent) return;
    this.#sent = true;
    this.actorFlows.journal.sentTo(this.process.operation, to);
  }
}

/** Plain data has no functions. */
function isFlow(work: Flow<Plain> | Plain): work is Flow<Plain> {
  return typeof (work as Partial<Flow<Plain>> | null)?.next === 'function';
}
