/**
 * Operations of one request each: sent to one node, ended by its answer or by the client's
 * patience. An answer that comes after the timeout is ignored.
 */
import { assert } from '../../sim/assert.ts';
import type { Journal } from '../../sim/history.ts';
import type { Context, Message, NodeId, Plain, Random } from '../../sim/node.ts';
import { NumberMap } from '../../sim/number-map.ts';
import {
  answerTypeOf,
  errors,
  isErrorReply,
  isReply,
  type Reply,
  requestOf,
} from '../../sim/rpc.ts';
import type { AnyWorkload, Invocation } from '../workload.ts';
import type { ClientSpec } from './load.ts';
import type { ClientMemory, Ends, Invoker, Process } from './process.ts';

export const TIMEOUT = 'operation-timeout';

export class Requests implements Invoker {
  readonly #spec: ClientSpec;
  readonly #journal: Journal;
  readonly #memory: ClientMemory;
  readonly #ends: Ends;
  /** Processes with a request in flight, by its number. */
  readonly #busy = new NumberMap<Process>();

  constructor(spec: ClientSpec, journal: Journal, memory: ClientMemory, ends: Ends) {
    this.#spec = spec;
    this.#journal = journal;
    this.#memory = memory;
    this.#ends = ends;
  }

  get inFlight(): number {
    return this.#busy.size;
  }

  invoke(
    ctx: Context,
    process: Process,
    invocation: Invocation,
    random: Random,
    mostUs = Infinity,
  ): void {
    const { load, pinned, targets, options, stamps } = this.#spec;
    const timeoutUs = Math.min(this.#spec.timeoutUs, mostUs);
    const { f, key, input, request } = invocation;
    const node = pinned ?? random.pick(targets);
    const timeoutMs = timeoutUs === Infinity ? null : timeoutUs / 1000;
    const id = ++this.#memory.requests;
    process.serial++;
    process.request = id;
    process.invocation = invocation;
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
    let body = options === null ? request : { ...options, ...request };
    if (stamps) body = { ...body, stampMs: ctx.now() };
    const sent = requestOf(body, id, session, serial, 1, timeoutMs);
    if (process.context !== undefined) sent.context = process.context;
    ctx.send(node, sent);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (!isReply(message)) return;
    const process = this.#busy.take(message.inReplyTo);
    if (process === undefined) return;
    ctx.cancelTimer(TIMEOUT, process.request);
    if (message.context !== undefined) process.context = message.context;
    if (isErrorReply(message)) {
      const definite = errors.get(message.code)?.definite === true;
      this.#ends.ended(ctx, process, definite ? 'fail' : 'info', null, message.code);
      return;
    }
    const { f, request } = process.invocation;
    const output = outputOf(this.#spec.workload, f, request.type, from, message);
    this.#ends.ended(ctx, process, 'ok', output, null);
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag !== TIMEOUT) return;
    const process = this.#busy.take(key);
    if (process === undefined) return;
    this.#ends.ended(ctx, process, 'info', null, 'timeout');
  }
}

/** A reply of another type is a bug of the node that sent it: the run stops there and says so. */
export function outputOf(
  workload: AnyWorkload,
  f: string,
  asked: string,
  from: NodeId,
  reply: Reply,
): Plain {
  if (reply.type !== answerTypeOf(asked))
    assert(false, `${from} answered ${asked} with ${reply.type}`);
  return workload.outputOf(f, reply);
}
