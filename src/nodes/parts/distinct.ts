/**
 * Who has answered, each counted once: links double messages, and a quorum is of members.
 *
 * For a handful of members; it allocates one array when it is made.
 */
import type { NodeId } from '../../sim/node.ts';

export class Distinct {
  readonly #heard: NodeId[] = [];

  get size(): number {
    return this.#heard.length;
  }

  has(member: NodeId): boolean {
    return this.#heard.includes(member);
  }

  /** Counts a member; false if it was counted before. */
  add(member: NodeId): boolean {
    if (this.#heard.includes(member)) return false;
    this.#heard.push(member);
    return true;
  }

  /** In the order in which they were heard. */
  get members(): readonly NodeId[] {
    return this.#heard;
  }
}
