/**
 * News that wait to be passed on, piggy-backed on other messages, a limited number of times each.
 *
 * What was sent the fewest times goes first, and among equals the oldest, so that fresh news travel
 * at once and none starves (Das, Gupta, Motivala 2002, SWIM, section 4.1). News of a subject take
 * the place of older news of it. After the queue of hashicorp/memberlist (`queue.go`), which sends
 * the newest first among equals.
 */
import { assert } from '../../sim/assert.ts';

interface Waiting<T> {
  readonly news: T;
  readonly bytes: number;
}

/** `S` names the subject of the news: there is one piece for each. */
export class RumourQueue<S, T> {
  /** By the number of times that they were sent: the news, by subject. */
  readonly #tiers: Map<S, Waiting<T>>[] = [];
  readonly #tierOf = new Map<S, number>();

  get size(): number {
    return this.#tierOf.size;
  }

  has(subject: S): boolean {
    return this.#tierOf.has(subject);
  }

  /** Queues news, in place of what waits of the same subject. It counts as never sent. */
  add(subject: S, news: T, bytes: number): void {
    this.drop(subject);
    this.#tier(0).set(subject, { news, bytes });
    this.#tierOf.set(subject, 0);
  }

  drop(subject: S): void {
    const tier = this.#tierOf.get(subject);
    if (tier === undefined) return;
    this.#tiers[tier]?.delete(subject);
    this.#tierOf.delete(subject);
  }

  /**
   * The news that fit into the room of one message, each of which counts as sent once. News that
   * were sent `limit` times are forgotten. What does not fit waits.
   */
  take(roomBytes: number, limit: number): readonly T[] {
    if (this.#tierOf.size === 0) return [];
    const taken: T[] = [];
    const moved: [S, Waiting<T>, number][] = [];
    let room = roomBytes;
    for (let sent = 0; sent < this.#tiers.length; sent++) {
      for (const [subject, waiting] of this.#tiers[sent] as Map<S, Waiting<T>>) {
        if (waiting.bytes > room) continue;
        room -= waiting.bytes;
        taken.push(waiting.news);
        moved.push([subject, waiting, sent]);
      }
    }
    for (const [subject, waiting, sent] of moved) {
      this.#tiers[sent]?.delete(subject);
      if (sent + 1 >= limit) this.#tierOf.delete(subject);
      else {
        this.#tier(sent + 1).set(subject, waiting);
        this.#tierOf.set(subject, sent + 1);
      }
    }
    assert(room >= 0, 'the news of a message fit into it');
    return taken;
  }

  #tier(sent: number): Map<S, Waiting<T>> {
    while (this.#tiers.length <= sent) this.#tiers.push(new Map());
    return this.#tiers[sent] as Map<S, Waiting<T>>;
  }
}
