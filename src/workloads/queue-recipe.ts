/**
 * The queue recipe: clients build a first-in, first-out queue out of the tree of a coordination
 * service (the recipes of ZooKeeper, "Queues"; the `DistributedQueue` of its distribution).
 *
 * To put a value in is to make a sequence node. To take one out is to list the nodes and to delete
 * the first: of several who try, the service lets one delete it, and the others take the next. At
 * an empty queue a client watches the directory. The nodes go with no lease: what was put in stays
 * when its producer is gone.
 *
 * A deletion whose answer is lost may have taken the value: nobody else gets it, and the client
 * does not know whether it has it. Such a dequeue ends as unknown, and its value may be lost. A
 * producer finds its node again by an identifier, and puts no value in twice.
 */
import coordination from '../interfaces/coordination.ts';
import queue from '../interfaces/queue.ts';
import { type Flow, Signal } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { CoordinationLease } from './parts/coordination-lease.ts';
import { leaseParams } from './parts/lease-params.ts';
import { fail, SequenceNodes } from './parts/sequence-nodes.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
} from './workload.ts';

const params = defineParams({
  dequeues: {
    type: 'ratio',
    doc: 'Share of dequeues; the others put a value in.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  wait: {
    type: 'duration',
    doc: 'How long a dequeue waits at an empty queue, by a watch.',
    default: 0,
    min: 0,
  },
  guid: {
    type: 'boolean',
    doc: 'Whether names have an identifier, by which a producer finds the node of a lost answer. Without, it puts the value in again.',
    default: true,
  },
  claim: {
    type: 'boolean',
    doc: 'Whether a value is taken by who has deleted its node. Without, by who has read it: several take one.',
    default: true,
  },
  ...leaseParams,
});

type QueueRecipeParams = Params<typeof params>;

const DIRECTORY = '/queue';

export default defineWorkload({
  name: 'queue-recipe',
  summary: 'Puts values into a queue that clients build out of sequence nodes, and takes them out.',
  params,
  asks: queue,
  speaks: coordination,
  operations: ['enqueue', 'dequeue', 'drain'],
  tell: (f, input, output) => {
    if (f === 'enqueue') return `enqueue ${JSON.stringify(input)}`;
    return output === undefined ? f : `${f} ${JSON.stringify(output)}`;
  },
  generator: (given) => new QueueRecipeGenerator(given),
  act: (given) => new QueueRecipeActor(given),
  outputOf: () => null,
});

const DEQUEUE: Invocation = {
  f: 'dequeue',
  key: null,
  input: null,
  request: { type: 'dequeue' },
};
const DRAIN: Invocation = { f: 'drain', key: null, input: null, request: { type: 'drain' } };

class QueueRecipeGenerator implements Generator {
  readonly #dequeues: number;
  readonly #drained = new Set<number>();
  #value = 0;

  constructor({ dequeues }: QueueRecipeParams) {
    this.#dequeues = dequeues;
  }

  next(_process: number, random: Random): Invocation {
    if (random.chance(this.#dequeues)) return DEQUEUE;
    const value = ++this.#value;
    return { f: 'enqueue', key: null, input: value, request: { type: 'enqueue', value } };
  }

  last(process: number): Invocation | null {
    return this.#drained.has(process) ? null : DRAIN;
  }

  heard(process: number, { f }: Invocation, _outcome: OperationOutcome): void {
    if (f === 'drain') this.#drained.add(process);
  }
}

class QueueRecipeActor implements Actor {
  readonly #given: QueueRecipeParams;
  readonly #lease: CoordinationLease;
  readonly #nodes: SequenceNodes;
  #guids = 0;

  constructor(given: QueueRecipeParams) {
    this.#given = given;
    this.#lease = new CoordinationLease(given);
    this.#nodes = new SequenceNodes(this.#lease);
  }

  start(ctx: ActorContext): Flow {
    return this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext, { f, input }: Invocation): Flow<Plain> {
    yield* this.#nodes.makeDirectory(ctx, DIRECTORY);
    if (f === 'enqueue') return yield* this.#enqueue(ctx, input);
    return f === 'dequeue' ? yield* this.#dequeue(ctx) : yield* this.#drain(ctx);
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  *#enqueue(ctx: ActorContext, value: Plain): Flow<Plain> {
    const isUnique = this.#given.guid;
    yield* this.#lease.whenOpen(ctx);
    // The lease is that of one life of this client: what an earlier one has put in stays.
    const mark = isUnique ? `${this.#lease.name}.${++this.#guids}-` : 'item-';
    const node = { directory: DIRECTORY, mark, isUnique, value, ephemeral: false };
    yield* this.#nodes.make(ctx, node);
    return null;
  }

  /** null: the queue is empty, and was for as long as it may wait. */
  *#dequeue(ctx: ActorContext): Flow<Plain> {
    const endMs = ctx.elapsed() + this.#given.wait;
    for (;;) {
      const woken = new Signal();
      const fired = () => woken.wakeAll();
      const mayWait = endMs > ctx.elapsed();
      const names = yield* this.#nodes.list(ctx, DIRECTORY, mayWait ? fired : null);
      const value = yield* this.#takeFirst(ctx, names);
      const leftMs = endMs - ctx.elapsed();
      if (value !== null || names.length > 0 || leftMs <= 0) {
        if (mayWait) this.#lease.unwatch('children', DIRECTORY, fired);
        // Others have taken all that was listed: there may be more by now.
        if (value === null && names.length > 0) continue;
        return value;
      }
      yield* ctx.race([ctx.wait(woken), ctx.sleep(leftMs)]);
    }
  }

  /** The value of the first node that this client takes; null if others had all of them. */
  *#takeFirst(ctx: ActorContext, names: readonly string[]): Flow<Plain> {
    for (const name of names) {
      const value = yield* this.#take(ctx, `${DIRECTORY}/${name}`);
      if (value !== null) return value;
    }
    return null;
  }

  *#take(ctx: ActorContext, path: string): Flow<Plain> {
    const got = yield* this.#lease.ask(ctx, { type: 'get', path });
    if (!got.ok && got.code === 'key-does-not-exist') return null;
    if (!got.ok) return fail(ctx, got);
    const { value } = got.reply as ReplyOf<typeof coordination, 'get'>;
    const deleted = yield* this.#lease.ask(ctx, { type: 'delete', path });
    if (deleted.ok || !this.#given.claim) return value;
    if (deleted.code === 'key-does-not-exist') return null;
    return fail(ctx, deleted);
  }

  *#drain(ctx: ActorContext): Flow<Plain> {
    const values: Plain[] = [];
    for (;;) {
      const names = yield* this.#nodes.list(ctx, DIRECTORY);
      if (names.length === 0) return values;
      for (const name of names) {
        const value = yield* this.#take(ctx, `${DIRECTORY}/${name}`);
        if (value !== null) values.push(value);
      }
    }
  }
}
