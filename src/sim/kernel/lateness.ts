/**
 * Which fault made a message late, for whoever listens to a run. Faults count late messages where
 * they act; here it is seen whose count has grown while links decided on a message, so that a
 * message of a run without a listener pays nothing.
 */
import type { Tally } from './tally.ts';

export class Lateness {
  private readonly faults: ReadonlyMap<Tally, string>;
  private readonly counts = new Map<Tally, number>();
  /** By message, the name of the fault. */
  private readonly late = new Map<number, string>();
  private decided = 0;

  /** By what they count, the names of the faults that struck; more may come. */
  constructor(faults: ReadonlyMap<Tally, string>) {
    this.faults = faults;
  }

  /** Links decide on this message from now on: what was counted until now is of the one before. */
  decides(id: number): void {
    for (const [tally, name] of this.faults) {
      const { messagesDelayed } = tally;
      const before = this.counts.get(tally) ?? 0;
      if (messagesDelayed > before) this.late.set(this.decided, name);
      if (messagesDelayed !== before) this.counts.set(tally, messagesDelayed);
    }
    this.decided = id;
  }

  /** The last of several faults; undefined if none made it late. */
  of(id: number): string | undefined {
    return this.late.get(id);
  }
}
