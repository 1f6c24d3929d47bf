/**
 * A pool of connections that hands out the one that came back last, as many pools do to keep few
 * of them warm.
 *
 * When a burst has used all of them, those over the slowest link come back last, so that the next
 * requests go over the slowest link, which keeps it slow (Bronson et al., "Metastable Failures in
 * Distributed Systems", HotOS 2021: link imbalance).
 */
import type { NodeId } from '../../../sim/node.ts';

export class IdleConnections {
  private readonly each: number;
  /** The target of each idle connection; the last one came back last. */
  private readonly stack: NodeId[] = [];
  /** Connections that are idle, by target. */
  private readonly idle = new Map<NodeId, number>();

  /** `each`: connections to each target. */
  constructor(each: number) {
    this.each = each;
  }

  /** Takes the connection that came back last, to one of `usable`; null when all are in use. */
  take(usable: readonly NodeId[], members: readonly NodeId[]): NodeId | null {
    this.connect(members);
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const target = this.stack[i] as NodeId;
      if (!usable.includes(target)) continue;
      this.stack.splice(i, 1);
      this.idle.set(target, (this.idle.get(target) as number) - 1);
      return target;
    }
    return null;
  }

  /**
   * A request has ended. One without an answer has broken its connection: the new one in its place
   * is the coldest. One that came beyond the pool had a connection of its own.
   */
  giveBack(target: NodeId, isBroken: boolean): void {
    const idle = this.idle.get(target) ?? 0;
    if (idle >= this.each) return;
    this.idle.set(target, idle + 1);
    if (isBroken) this.stack.unshift(target);
    else this.stack.push(target);
  }

  /** At first, and for a new target, all connections are idle, in turns. */
  private connect(members: readonly NodeId[]): void {
    const fresh = members.filter((id) => !this.idle.has(id));
    if (fresh.length === 0) return;
    for (let i = 0; i < this.each; i++) this.stack.unshift(...fresh);
    for (const id of fresh) this.idle.set(id, this.each);
  }
}
