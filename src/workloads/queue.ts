/**
 * The queue workload: producers put unique integers in, consumers take them, work on them and
 * acknowledge them; at the end the queue is drained until nothing is left.
 *
 * A dequeue of the history is `ok` once the work on the value is done. The acknowledgement follows
 * and decides nothing: a consumer that died between the two has done the work, and a dequeue that
 * waited for it would count as lost whatever was deleted by an acknowledgement without an answer.
 * (`total-queue` counts what a dequeue of unknown outcome took as lost, after Jepsen's checker.)
 * What comes out twice is seen by `total-queue(exactly-once)`.
 */
import queue from '../interfaces/queue.ts';
import { CallError, type Flow, type RequestBody, Signal } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import type { Reply } from '../sim/rpc.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from './workload.ts';

const params = defineParams({
  dequeues: {
    type: 'ratio',
    doc: 'Share of dequeues; the others put a value in. 0 for producers, 1 for consumers.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first integer put in; the next are one more each. Sets two loads apart.',
    default: 1,
  },
  groups: {
    type: 'integer',
    doc: 'The number of message groups, which values join in turn: each keeps its order. With 0 there are none.',
    default: 0,
    min: 0,
  },
  resend: {
    type: 'duration',
    doc: 'Puts the same value in again after so long without an answer. Absent: it is asked once.',
    optional: true,
    min: 1,
  },
  dedup: {
    type: 'boolean',
    doc: 'Whether a value has an id by which the queue knows it when it is put in again.',
    default: true,
  },
  mode: {
    type: 'choice',
    options: ['pull', 'push'],
    doc: 'Whether consumers ask for each message, or ask once for deliveries. Pushed ones need no dequeues.',
    default: 'pull',
  },
  credit: {
    type: 'integer',
    doc: 'Of consumers with pushes: how many messages one has that are not acknowledged.',
    default: 10,
    min: 1,
  },
  wait: {
    type: 'duration',
    doc: 'How long a dequeue waits at an empty queue. Keep it, and the work, within the timeout.',
    default: 0,
    min: 0,
  },
  work: {
    type: 'distribution',
    doc: 'How long a consumer works on a message.',
    default: { kind: 'constant', value: 5 },
  },
  fail: {
    type: 'ratio',
    doc: 'Chance that the work on a message fails.',
    default: 0,
    min: 0,
    max: 1,
  },
  poison: {
    type: 'list',
    of: { type: 'integer', doc: 'A value.' },
    doc: 'Values on which all work fails, whoever tries.',
    default: [],
  },
  'on-failure': {
    type: 'choice',
    options: ['nack', 'wait'],
    doc: 'Whether a message on which the work failed is given back, or left until its time is over.',
    default: 'nack',
  },
  ack: {
    type: 'choice',
    options: ['after', 'before'],
    doc: 'Whether a message is acknowledged after the work or before it; then a failure loses it.',
    default: 'after',
  },
  extend: {
    type: 'duration',
    doc: 'While it works, a consumer keeps the message for so long from now, and again each half of that.',
    optional: true,
    min: 2,
  },
});

type QueueParams = Params<typeof params>;

export default defineWorkload({
  name: 'queue',
  summary: 'Unique values put into a queue, taken out with work and receipt, drained at the end.',
  params,
  asks: queue,
  operations: ['enqueue', 'dequeue', 'drain'],
  tell: (f, input, output) => {
    if (f === 'enqueue') return `enqueue ${JSON.stringify(input)}`;
    return output === undefined ? f : `${f} ${JSON.stringify(output)}`;
  },
  generator: (given) => new QueueGenerator(given),
  act: (given) => new QueueActor(given),
  outputOf(f, reply) {
    if (f === 'dequeue') return (reply as ReplyOf<typeof queue, 'dequeue'>).value;
    return f === 'drain' ? (reply as ReplyOf<typeof queue, 'drain'>).values : null;
  },
});

class QueueGenerator implements Generator {
  readonly #given: QueueParams;
  readonly #dequeue: Invocation;
  #value: number;
  /** Drains so far of each process, and whether there may be more to drain. */
  readonly #drains = new Map<number, { round: number; isEmpty: boolean }>();

  constructor(given: QueueParams) {
    this.#given = given;
    this.#value = given['first-value'];
    const request = { type: 'dequeue', ...(given.wait > 0 ? { waitMs: given.wait } : {}) };
    this.#dequeue = { f: 'dequeue', key: null, input: null, request };
  }

  next(_process: number, random: Random): Invocation | null {
    const { dequeues, mode, groups, dedup } = this.#given;
    if (random.chance(dequeues)) return mode === 'pull' ? this.#dequeue : null;
    const value = this.#value++;
    const request = {
      type: 'enqueue',
      value,
      ...(groups > 0 ? { group: `g${value % groups}` } : {}),
      ...(dedup ? { dedup: String(value) } : {}),
    };
    return { f: 'enqueue', key: null, input: value, request };
  }

  /** Drains until a drain finds nothing, or has no answer however often it is tried. */
  last(process: number): Invocation | null {
    const drains = this.#drains.get(process) ?? { round: 0, isEmpty: false };
    this.#drains.set(process, drains);
    if (drains.isEmpty) return null;
    // A try that had no answer is repeated under the same id, and gets the list that was lost.
    const dedup = `${process}/${++drains.round}`;
    return { f: 'drain', key: null, input: null, request: { type: 'drain', dedup } };
  }

  heard(process: number, { f }: Invocation, outcome: OperationOutcome, output: Plain): void {
    const drains = f === 'drain' ? this.#drains.get(process) : undefined;
    if (drains === undefined) return;
    drains.isEmpty = outcome !== 'ok' || (output as readonly Plain[]).length === 0;
  }
}

/** A message in the hands of a consumer; without a receipt there is nothing to acknowledge. */
interface Taken {
  readonly value: Plain;
  readonly receipt: string | null;
  readonly from: NodeId | null;
}

/** How often an acknowledgement is tried; after that the message is delivered again. */
const ACK_TRIES = 5;
const ACK_PATIENCE_MS = 200;
const DRAIN_PATIENCE_MS = 250;
/** How often a consumer asks for deliveries again: the broker may have crashed meanwhile. */
const CONSUME_EVERY_MS = 500;
const WORK_FAILED = 'work-failed';
const TOO_LATE = 'delivery-over';

class QueueActor implements Actor {
  readonly #given: QueueParams;
  readonly #poison: ReadonlySet<Plain>;
  /** Deliveries that wait for this consumer, which works on one at a time. */
  readonly #pushed: Taken[] = [];
  readonly #arrived = new Signal();

  constructor(given: QueueParams) {
    this.#given = given;
    this.#poison = new Set(given.poison);
  }

  start(ctx: ActorContext): Flow | undefined {
    return this.#given.mode === 'push' ? this.#consumePushed(ctx) : undefined;
  }

  *invoke(ctx: ActorContext, { f, request }: Invocation): Flow<Plain> {
    if (f === 'enqueue') {
      yield* insist(ctx, request, this.#given.resend);
      return null;
    }
    if (f === 'drain') {
      const reply = yield* insist(ctx, request, DRAIN_PATIENCE_MS);
      return (reply as ReplyOf<typeof queue, 'drain'>).values;
    }
    const reply = yield* ctx.call(ctx.target, request);
    const { value, receipt = null } = reply as ReplyOf<typeof queue, 'dequeue'>;
    if (value === null) return null;
    return yield* this.#workOn(ctx, { value, receipt, from: null });
  }

  receive(_ctx: ActorContext, from: NodeId, message: Message): void {
    if (message.type !== 'delivery') return;
    const { value, receipt = null } = message as unknown as { value: Plain; receipt?: string };
    this.#pushed.push({ value, receipt, from });
    this.#arrived.wakeOne();
  }

  *#consumePushed(ctx: ActorContext): Flow {
    // Another life of this client is another consumer: what the first one had comes back.
    const consumer = `c${ctx.random.int(0, 0x7fffffff)}`;
    ctx.fork((own) => this.#subscribe(own, consumer));
    for (;;) {
      const taken = this.#pushed.shift();
      if (taken === undefined) yield* ctx.wait(this.#arrived);
      else yield* this.#handlePushed(ctx, taken);
    }
  }

  *#subscribe(ctx: ActorContext, consumer: string): Flow {
    const request = { type: 'consume', credit: this.#given.credit, consumer };
    for (;;) {
      yield* ctx.attempt(ctx.target, request, { timeoutMs: CONSUME_EVERY_MS });
      yield* ctx.sleep(CONSUME_EVERY_MS);
    }
  }

  *#handlePushed(ctx: ActorContext, taken: Taken): Flow {
    try {
      const value = yield* this.#workOn(ctx, taken);
      ctx.record('dequeue', null, null, value, taken.from ?? undefined);
    } catch (error) {
      if (!(error instanceof OperationFailed)) throw error;
    }
  }

  /** Works on a message, and acknowledges it. Returns its value if the work is done. */
  *#workOn(ctx: ActorContext, taken: Taken): Flow<Plain> {
    const { value, receipt } = taken;
    const { ack, fail, work } = this.#given;
    const fails = ctx.random.chance(fail) || this.#poison.has(value);
    const workMs = ctx.random.draw(work);
    if (receipt !== null && ack === 'before' && !(yield* acknowledge(ctx, receipt))) {
      throw new OperationFailed(TOO_LATE, 'somebody else has the message by now');
    }
    const keeper = this.#keep(ctx, receipt);
    try {
      yield* ctx.sleep(workMs);
    } finally {
      keeper?.cancel();
    }
    if (receipt !== null && ack === 'after') {
      if (!fails) ctx.fork((own) => acknowledge(own, receipt));
      else if (this.#given['on-failure'] === 'nack') ctx.fork((own) => giveBack(own, receipt));
    }
    if (fails) throw new OperationFailed(WORK_FAILED, 'the work on the message failed');
    return value;
  }

  /** Asks for more time as long as the work goes on. */
  #keep(ctx: ActorContext, receipt: string | null) {
    const { extend, ack } = this.#given;
    if (extend === undefined || receipt === null || ack === 'before') return null;
    return ctx.fork(function* (own) {
      for (;;) {
        const request = { type: 'extend', receipt, forMs: extend };
        yield* own.attempt(own.target, request, { timeoutMs: extend / 2 });
        yield* own.sleep(extend / 2);
      }
    });
  }
}

/** Asks again and again until there is an answer; once if it has no patience. */
function* insist(ctx: ActorContext, body: RequestBody, everyMs: number | undefined): Flow<Reply> {
  if (everyMs === undefined) return yield* ctx.call(ctx.target, body);
  for (;;) {
    const startMs = ctx.elapsed();
    try {
      return yield* ctx.call(ctx.target, body, { timeoutMs: everyMs });
    } catch (error) {
      if (!(error instanceof CallError) || error.definite) throw error;
    }
    const leftMs = everyMs - (ctx.elapsed() - startMs);
    if (leftMs > 0) yield* ctx.sleep(leftMs);
  }
}

/** Whether the message is deleted, as far as this consumer can find out. */
function* acknowledge(ctx: ActorContext, receipt: string): Flow<boolean> {
  for (let i = 0; i < ACK_TRIES; i++) {
    const request = { type: 'ack', receipt };
    const outcome = yield* ctx.attempt(ctx.target, request, { timeoutMs: ACK_PATIENCE_MS });
    if (outcome.ok) return true;
    if (outcome.code === 'precondition-failed') return false;
    if (outcome.code !== 'timeout') yield* ctx.sleep(ACK_PATIENCE_MS);
  }
  return false;
}

function* giveBack(ctx: ActorContext, receipt: string): Flow {
  const request = { type: 'nack', receipt };
  yield* ctx.attempt(ctx.target, request, { timeoutMs: ACK_PATIENCE_MS });
}
