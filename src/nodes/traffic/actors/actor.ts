/** An actor: a mailbox, and what it is at work on. */
import { type Fork, type ReplyBody, type RequestBody, Signal } from '../../../sim/call.ts';

/** A message in a mailbox, and who waits for its answer. */
export class Letter {
  readonly body: RequestBody;
  readonly done = new Signal();
  reply: ReplyBody | null = null;

  constructor(body: RequestBody) {
    this.body = body;
  }

  answer(reply: ReplyBody): void {
    this.reply = reply;
    this.done.wakeAll();
  }
}

export class Actor {
  readonly index: number;
  readonly mailbox: Letter[] = [];
  /** Messages that it works on: never more than one. */
  readonly working = new Set<Letter>();
  /** Woken when there is something to read, and when there is room. */
  readonly letters = new Signal();
  readonly room = new Signal();
  state: 'up' | 'restarting' | 'gone' = 'restarting';
  /** Its own state, which is lost when it ends: how many messages it has handled. */
  handled = 0;
  runs: readonly Fork[] = [];

  constructor(index: number) {
    this.index = index;
  }
}
