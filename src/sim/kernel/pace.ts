/** How fast one node's processor is: how long a message keeps a core busy, and what slows it. */
import { assert } from '../assert.ts';
import type { ProcessorChange } from '../fault.ts';
import { msToUs } from '../units.ts';
import type { Tally } from './network.ts';

/** What one strike does to the processor. */
interface Slowed {
  readonly change: ProcessorChange;
  readonly tally: Tally;
}

export class Pace {
  /** How long a message keeps a core busy, in µs; its own time, unless faults slow it. */
  messageUs: number;
  /** How many times longer than its own time everything takes. */
  slowness = 1;
  private readonly ownMessageUs: number;
  private readonly slowedBy: Slowed[] = [];

  constructor(messageUs: number) {
    this.messageUs = messageUs;
    this.ownMessageUs = messageUs;
  }

  /** Something that takes processor time begins. */
  count(): void {
    for (const { tally } of this.slowedBy) tally.handlersSlowed++;
  }

  /** Slows the processor; returns how to undo it. */
  slow(change: ProcessorChange, tally: Tally): () => void {
    const slowed: Slowed = { change, tally };
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
    let messageUs = this.ownMessageUs;
    this.slowness = 1;
    for (const { change } of this.slowedBy) {
      if (this.ownMessageUs === 0) messageUs = Math.max(messageUs, msToUs(change.messageMs));
    }
    for (const { change } of this.slowedBy) {
      messageUs *= change.factor;
      this.slowness *= change.factor;
    }
    this.messageUs = Math.round(messageUs);
  }
}
