/**
 * Who wants a message: dequeues that wait for one, and consumers to which messages are pushed.
 *
 * A consumer has a credit: this many messages that it has not acknowledged (AMQP 0-9-1,
 * `basic.qos`, `prefetch-count`). Consumers that have credit left take turns.
 */
import type queue from '../../../interfaces/queue.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { NodeId } from '../../../sim/node.ts';

/** A dequeue that waits. */
export interface Waiting {
  /** The key of its timer. */
  readonly number: number;
  readonly from: NodeId;
  readonly request: RequestOf<typeof queue, 'dequeue'>;
}

/** A subscription: a new one from the same node, under another name, takes its place. */
export interface Consumer {
  /** The key of its timer. */
  readonly number: number;
  readonly node: NodeId;
  readonly name: string;
  credit: number;
  /** Pushed to it, and neither acknowledged nor given back. */
  unacked: number;
}

export class Takers {
  readonly #waiting = new Map<number, Waiting>();
  /** By node; who was served last stands at the end. */
  readonly #consumers = new Map<NodeId, Consumer>();

  get consumers(): number {
    return this.#consumers.size;
  }

  /** Whose turn it is: those that wait for an answer first. Null if nobody wants anything. */
  next(): Waiting | Consumer | null {
    for (const waiting of this.#waiting.values()) return waiting;
    for (const consumer of this.#consumers.values()) {
      if (consumer.unacked < consumer.credit) return consumer;
    }
    return null;
  }

  wait(waiting: Waiting): void {
    this.#waiting.set(waiting.number, waiting);
  }

  /** It waits no longer; undefined if it did not. */
  stopWaiting(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    return waiting;
  }

  consumerAt(node: NodeId): Consumer | undefined {
    return this.#consumers.get(node);
  }

  subscribe(consumer: Consumer): void {
    this.#consumers.set(consumer.node, consumer);
  }

  unsubscribe(consumer: Consumer): void {
    if (this.#consumers.get(consumer.node) === consumer) this.#consumers.delete(consumer.node);
  }

  /** The subscription whose timer has this key. */
  lapsed(number: number): Consumer | undefined {
    for (const consumer of this.#consumers.values()) {
      if (consumer.number === number) return consumer;
    }
    return undefined;
  }

  /** It was served: the others come first now. */
  served(consumer: Consumer): void {
    this.#consumers.delete(consumer.node);
    this.#consumers.set(consumer.node, consumer);
  }
}
