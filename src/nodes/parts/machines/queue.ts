/**
 * A queue in order of arrival. Who dequeues a message has it for good: an answer without a receipt,
 * at most once, since a machine without a clock cannot know when to deliver it again. `drain` takes
 * all that is left. Messages with a `dedup` that was seen before are not put in again, however long
 * ago that was.
 *
 * Receipts (`ack`, `nack`, `extend`) and deliveries without a request (`consume`) are
 * `not-supported`.
 */
import queue from '../../../interfaces/queue.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

const QUEUED: ReplyBody = { type: 'enqueue_ok' };

export class Queue implements Machine {
  readonly answers = [queue];
  #values: Plain[] = [];
  /** Where the oldest is: what was taken before it is cut off now and then. */
  #head = 0;
  #seen = new Set<string>();
  /** The last drain that had an id: whoever repeats it gets the same list. */
  #drained: { readonly dedup: string; readonly values: readonly Plain[] } | null = null;

  apply(command: Command): ReplyBody {
    const request = command as unknown as RequestOf<typeof queue>;
    switch (request.type) {
      case 'enqueue':
        return this.#enqueue(request.value, request.dedup);
      case 'dequeue':
        return { type: 'dequeue_ok', value: this.#dequeue() };
      case 'drain':
        return { type: 'drain_ok', values: this.#drain(request.dedup) };
      default:
        return unknownCommand(command);
    }
  }

  isRead(): boolean {
    return false;
  }

  snapshot(): Plain {
    return {
      values: this.#values.slice(this.#head),
      seen: [...this.#seen],
      drained: this.#drained,
    };
  }

  restore(snapshot: Plain): void {
    const { values, seen, drained } = snapshot as unknown as {
      values: Plain[];
      seen: string[];
      drained: { dedup: string; values: Plain[] } | null;
    };
    this.#values = [...values];
    this.#head = 0;
    this.#seen = new Set(seen);
    this.#drained = drained;
  }

  #enqueue(value: Plain, dedup: string | undefined): ReplyBody {
    if (dedup !== undefined) {
      if (this.#seen.has(dedup)) return QUEUED;
      this.#seen.add(dedup);
    }
    this.#values.push(value);
    return QUEUED;
  }

  /** The oldest; null when there is none. */
  #dequeue(): Plain {
    if (this.#head === this.#values.length) return null;
    const value = this.#values[this.#head] ?? null;
    this.#head++;
    // Each value is moved at most once for each halving: constant on average.
    if (this.#head > 32 && this.#head * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  #drain(dedup: string | undefined): readonly Plain[] {
    if (dedup !== undefined && this.#drained?.dedup === dedup) return this.#drained.values;
    const left = this.#values.slice(this.#head);
    this.#values = [];
    this.#head = 0;
    if (dedup !== undefined) this.#drained = { dedup, values: left };
    return left;
  }
}
