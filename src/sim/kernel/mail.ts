/**
 * Messages under way, by slot: columns, so that a delivery allocates nothing besides the sender's
 * own message.
 */
import type { Message } from '../node.ts';
import { widenInts } from './network.ts';

export class Mail {
  /**
   * Sender, link (-1 to oneself), number of the message's type, and the message's own number, by
   * slot.
   */
  from = new Int32Array(256);
  link = new Int32Array(256);
  type = new Int32Array(256);
  id = new Float64Array(256);
  private readonly messages: (Message | null)[] = [];
  private readonly free: number[] = [];

  put(from: number, link: number, type: number, id: number, message: Message): number {
    let slot = this.free.pop();
    if (slot === undefined) {
      slot = this.messages.length;
      this.messages.push(null);
      if (slot === this.from.length) this.widen();
    }
    this.messages[slot] = message;
    this.from[slot] = from;
    this.link[slot] = link;
    this.type[slot] = type;
    this.id[slot] = id;
    return slot;
  }

  /** The message; its slot is free again, so read the columns before the next `put`. */
  take(slot: number): Message {
    const message = this.messages[slot]!;
    this.messages[slot] = null;
    this.free.push(slot);
    return message;
  }

  private widen(): void {
    this.from = widenInts(this.from);
    this.link = widenInts(this.link);
    this.type = widenInts(this.type);
    const ids = new Float64Array(this.id.length * 2);
    ids.set(this.id);
    this.id = ids;
  }
}
