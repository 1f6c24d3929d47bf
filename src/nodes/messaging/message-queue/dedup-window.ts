/**
 * What was asked under which id, for a time: a request that is repeated within it has no second
 * effect and gets the first answer (Amazon SQS Developer Guide, "Exactly-once processing": a
 * message deduplication ID counts once in 5 minutes).
 *
 * It survives a crash. The time begins again then: longer than promised, never shorter.
 */
import type { Plain, Storage } from '../../../sim/node.ts';

/** The key of a remembered request begins so; what follows is its id. */
export const ANSWERED = 'answered/';

/** Clocks go in whole µs: what is due sooner than the next one is due now. */
export const TICK_MS = 0.001;

/** What it needs of the node; `storage` is null if the broker keeps nothing on its disk. */
interface Surroundings {
  readonly storage: Storage | null;
  readonly nowMs: number;
}

export class DedupWindow {
  readonly #windowMs: number;
  /** The oldest first, since the window is the same for all. */
  readonly #remembered = new Map<string, { readonly answer: Plain; readonly untilMs: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The answer to a request with this id; undefined if there was none within the window. */
  recall(id: string, nowMs: number): Plain | undefined {
    const known = this.#remembered.get(id);
    return known === undefined || known.untilMs - nowMs < TICK_MS ? undefined : known.answer;
  }

  /**
   * Call it with what the request itself writes, in the same handler: both become durable at once.
   */
  remember(id: string, answer: Plain, { storage, nowMs }: Surroundings): void {
    if (this.#windowMs === 0) return;
    storage?.set(ANSWERED + id, answer);
    this.#remembered.delete(id);
    this.#remembered.set(id, { answer, untilMs: nowMs + this.#windowMs });
  }

  /** At boot. */
  restore(id: string, answer: Plain): void {
    this.#remembered.set(id, { answer, untilMs: this.#windowMs });
  }

  /** Forgets what is older than the window. Returns when the next is; null if there is none. */
  forgetOld({ storage, nowMs }: Surroundings): number | null {
    for (const [id, { untilMs }] of this.#remembered) {
      if (untilMs - nowMs >= TICK_MS) return untilMs;
      this.#remembered.delete(id);
      storage?.delete(ANSWERED + id);
    }
    return null;
  }
}
