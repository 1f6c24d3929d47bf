/**
 * Which fault made a message late, for whoever listens to a run. Faults count late messages where
 * they act; here it is seen whose count has grown while links decided on a message. So a message
 * costs a look at each fault that has not healed, and nothing in a run that nobody listens to.
 */
import type { Tally } from './tally.ts';

export class Lateness {
  /** By what they count: the name of each fault that may still act, and its count as last seen. */
  private readonly faults = new Map<Tally, { readonly name: string; count: number }>();
  /** By message, the name of the fault. */
  private readonly late = new Map<number, string>();
  private decided = 0;

  /** This fault may act from now on. */
  watch(tally: Tally, name: string): void {
    this.faults.set(tally, { name, count: 0 });
  }

  /** It acts no more. */
  forget(tally: Tally): void {
    this.look();
    this.faults.delete(tally);
  }

  /** Links decide on this message from now on: what was counted until now is of the one before. */
  decides(id: number): void {
    this.look();
    this.decided = id;
  }

  private look(): void {
    for (const [{ messagesDelayed }, fault] of this.faults) {
      if (messagesDelayed > fault.count) this.late.set(this.decided, fault.name);
      fault.count = messagesDelayed;
    }
  }

  /** The last of several faults; undefined if none made it late. */
  of(id: number): string | undefined {
    return this.late.get(id);
  }
}
