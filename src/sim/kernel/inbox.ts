/** Events that found their node busy or paused, in the order in which they came. */
import { assert } from '../assert.ts';

/** One of them: its kind, and what the queue said of it. */
export interface Waiting {
  readonly kind: number;
  readonly b: number;
  readonly c: number;
  /** Its place among all that has come to the processor of its node. */
  readonly turn: number;
}

/** The inbox is cut at the front when this many of its events are over. */
const CUT_AT = 1024;

export class Inbox {
  private readonly waiting: Waiting[] = [];
  private head = 0;

  get isEmpty(): boolean {
    return this.head === this.waiting.length;
  }

  /** The turn of the oldest; Infinity for none. */
  get firstTurn(): number {
    return this.waiting[this.head]?.turn ?? Infinity;
  }

  add(waiting: Waiting): void {
    assert(this.isEmpty || waiting.turn > this.waiting.at(-1)!.turn, 'an inbox is in order');
    this.waiting.push(waiting);
  }

  /** Takes the oldest; the inbox must not be empty. */
  take(): Waiting {
    assert(!this.isEmpty, 'only a waiting event leaves an inbox');
    const waiting = this.waiting[this.head++]!;
    if (this.head > CUT_AT && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    } else if (this.isEmpty) this.clear();
    return waiting;
  }

  /** Takes all of them. */
  takeAll(): readonly Waiting[] {
    const rest = this.waiting.slice(this.head);
    this.clear();
    return rest;
  }

  private clear(): void {
    this.waiting.length = 0;
    this.head = 0;
  }
}

/** Empty, and always: all nodes share it that never found anything waiting. */
export const NO_INBOX = new Inbox();
