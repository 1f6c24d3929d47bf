/** How fast one node's processor is: how long a message keeps a core busy, and what slows it. */
import { assert } from '../assert.ts';
import type { ProcessorChange } from '../fault.ts';
import { msToUs } from '../units.ts';
import type { Tally } from './network.ts';

/** What one strike does to the processor. */
interface Slowed {
  readonly change: ProcessorChange;
  readonly tally: Tally;
  /** Without it a message would keep a core busy for another time. */
  slowsMessages: boolean;
}

export class Pace {
  /** How long a message keeps a core busy, in µs; its own time, unless faults slow it. */
  messageUs: number;
  /** How many times longer than its own time everything takes. */
  slowness = 1;
  private readonly ownMessageUs: number;
  private readonly slowedBy: Slowed[] = [];
  private readonly isShared: boolean;

  /** `isShared`: by all nodes of its speed, as long as nothing slows them. */
  constructor(messageUs: number, isShared = false) {
    this.messageUs = messageUs;
    this.ownMessageUs = messageUs;
    this.isShared = isShared;
  }

  /** Itself, or one like it that is nobody else's. */
  own(): Pace {
    return this.isShared ? new Pace(this.ownMessageUs) : this;
  }

  /** A message begins to keep a core busy. */
  countMessage(): void {
    for (const { tally, slowsMessages } of this.slowedBy) {
      if (slowsMessages) tally.handlersSlowed++;
    }
  }

  /** A computation that takes so long on an unhindered core begins, or goes on at a new pace. */
  countComputation(workUs: number): void {
    if (workUs === 0) return;
    for (const { tally, change } of this.slowedBy) {
      if (Math.round(workUs * change.factor) !== Math.round(workUs)) tally.handlersSlowed++;
    }
  }

  /** Slows the processor; returns how to undo it. */
  slow(change: ProcessorChange, tally: Tally): () => void {
    const slowed: Slowed = { change, tally, slowsMessages: false };
    this.slowedBy.push(slowed);
    this.tune();
    return () => {
      const at = this.slowedBy.indexOf(slowed);
      assert(at >= 0, 'a processor is let go of once');
      this.slowedBy.splice(at, 1);
      this.tune();
    };
  }

  private tune(): void {
    this.slowness = 1;
    for (const { change } of this.slowedBy) this.slowness *= change.factor;
    this.messageUs = this.messageUsBut(null);
    for (const slowed of this.slowedBy) {
      slowed.slowsMessages = this.messageUsBut(slowed) !== this.messageUs;
    }
  }

  /** How long a message would keep a core busy without one of the strikes. */
  private messageUsBut(absent: Slowed | null): number {
    let messageUs = this.ownMessageUs;
    for (const slowed of this.slowedBy) {
      if (this.ownMessageUs !== 0 || slowed === absent) continue;
      messageUs = Math.max(messageUs, msToUs(slowed.change.messageMs));
    }
    for (const slowed of this.slowedBy) if (slowed !== absent) messageUs *= slowed.change.factor;
    return Math.round(messageUs);
  }
}
