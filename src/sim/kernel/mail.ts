/** Messages under way, by slot: a delivery allocates nothing besides the sender's own message. */
import { assert } from '../assert.ts';
import type { Message } from '../node.ts';
import { widened } from './growth.ts';

export class Mail {
  /** By slot, two integers: the number of the message's type, and the message's own number. */
  labels = new Int32Array(512);
  private readonly messages: (Message | null)[] = [];
  private readonly free: number[] = [];

  put(type: number, id: number, message: Message): number {
    let slot = this.free.pop();
    if (slot === undefined) {
      slot = this.messages.length;
      this.messages.push(null);
      if (2 * slot === this.labels.length) this.labels = widened(this.labels);
    }
    this.messages[slot] = message;
    this.labels[2 * slot] = type;
    this.labels[2 * slot + 1] = id;
    return slot;
  }

  /** The message, which stays where it is. */
  look(slot: number): Message {
    return this.messages[slot]!;
  }

  /** The message; its slot is free again, so read the labels before the next `put`. */
  take(slot: number): Message {
    const message = this.messages[slot]!;
    assert(message !== null, 'a message is taken out once');
    this.messages[slot] = null;
    this.free.push(slot);
    return message;
  }
}
