/**
 * What one direction of a connection has not handed over yet, though it should have: the messages
 * that lost a try, and those that wait at the other end behind them.
 *
 * Messages that get through at their first try, with nothing missing before them, never come here.
 */
import type { Message } from '../node.ts';
import type { Sent } from './connection.ts';
import type { Tally } from './tally.ts';

/** `lost` until its next try, `under way` on one, `there` behind one that is missing. */
export type Where = 'lost' | 'under way' | 'there' | 'given up';

export interface Pending {
  readonly sent: Sent;
  /** What a try has brought to the other end: `sent.message`, unless that was damaged. */
  arrived: Message;
  where: Where;
  /** How many tries were made. */
  tries: number;
  /** When the sender finds out that the last try was lost. */
  noticedUs: number;
  /** Who has counted the message as late. */
  readonly counted: Tally[];
  /** Who has lost a try of it. */
  readonly losers: Tally[];
  /** By how much scripts hold it back, and a second copy of it; LOST: there is none. */
  readonly heldUs: number;
  copyUs: number;
}

export class Unfinished {
  /** By stream, in the order sent; no list is empty. One list if all keep the same order. */
  private readonly lists = new Map<unknown, Pending[]>();
  private readonly byStream: boolean;

  constructor(byStream: boolean) {
    this.byStream = byStream;
  }

  get isEmpty(): boolean {
    return this.lists.size === 0;
  }

  /** The first of those that keep their order with a message; null if nothing is missing. */
  first(message: Message): Pending | null {
    return this.lists.get(this.streamOf(message))?.[0] ?? null;
  }

  /** A message that is under way on a further try. */
  underWay(message: Message, id: number): Pending | null {
    const list = this.lists.get(this.streamOf(message));
    return list?.find(({ sent, where }) => sent.id === id && where === 'under way') ?? null;
  }

  add(pending: Pending): void {
    const stream = this.streamOf(pending.sent.message);
    const list = this.lists.get(stream);
    if (list === undefined) this.lists.set(stream, [pending]);
    else {
      const after = list.findIndex(({ sent }) => sent.id > pending.sent.id);
      list.splice(after < 0 ? list.length : after, 0, pending);
    }
  }

  remove(pending: Pending): void {
    const stream = this.streamOf(pending.sent.message);
    const list = this.lists.get(stream)!;
    list.splice(list.indexOf(pending), 1);
    if (list.length === 0) this.lists.delete(stream);
  }

  /** All of them, in the order sent; none is left. */
  takeAll(): readonly Pending[] {
    const all = [...this.lists.values()].flat().sort((a, b) => a.sent.id - b.sent.id);
    this.lists.clear();
    return all;
  }

  /** On a connection of one order the field `stream` means nothing. */
  private streamOf(message: Message): unknown {
    return this.byStream ? (message as { readonly stream?: unknown }).stream : undefined;
  }
}
