/**
 * A fence: the highest generation seen, below which nothing is accepted any more. Generation clock
 * (Joshi 2023, Patterns of Distributed Systems), epoch, term, ballot and fencing token are names of
 * it; Chubby's sequencers (Burrows 2006, section 2.4) are checked by one.
 *
 * It must be durable before it is relied on: what was refused before a crash must be refused after.
 */
import type { Context } from '../../sim/node.ts';

// biome-ignore lint/suspicious/noExplicitAny: a fence sends no messages, whatever the kind's are.
type AnyContext = Context<any>;

export class Fence {
  readonly #name: string;
  readonly #durable: boolean;
  #highest = 0;

  /** `name` of its record on the disk. `durable: false` is a mistake: a crash forgets it. */
  constructor(name: string, durable = true) {
    this.#name = name;
    this.#durable = durable;
  }

  get highest(): number {
    return this.#highest;
  }

  /** At boot. */
  load(ctx: AnyContext): void {
    const stored = ctx.storage.get(this.#name);
    if (this.#durable && typeof stored === 'number') this.#highest = stored;
  }

  /** Whether this generation may pass. One above all that were seen raises the fence. */
  admits(ctx: AnyContext, generation: number): boolean {
    if (generation < this.#highest) return false;
    if (generation > this.#highest) {
      this.#highest = generation;
      ctx.storage.set(this.#name, generation);
    }
    return true;
  }
}
