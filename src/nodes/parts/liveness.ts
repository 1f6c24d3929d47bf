/**
 * Who seems to be alive: a peer that was silent for too long is taken for dead, until it is heard
 * again. The simplest failure detector; it is wrong about who is slow or cut off, and
 * cannot tell these from the dead.
 */
import type { NodeId } from '../../sim/node.ts';

export class Liveness {
  readonly #silentAfterMs: number;
  readonly #heardAtMs = new Map<NodeId, number>();
  readonly #silent = new Set<NodeId>();

  /** All peers are alive at first. Times are in ms, on a clock that is never set. */
  constructor(peers: readonly NodeId[], silentAfterMs: number, nowMs: number) {
    this.#silentAfterMs = silentAfterMs;
    for (const peer of peers) this.#heardAtMs.set(peer, nowMs);
  }

  /** A message from this peer has come. True if it was taken for dead until now. */
  heard(peer: NodeId, nowMs: number): boolean {
    if (!this.#heardAtMs.has(peer)) return false;
    this.#heardAtMs.set(peer, nowMs);
    return this.#silent.delete(peer);
  }

  /**
   * The peers that were silent for too long just now. Call it now and then: it is the only look at
   * the clock.
   */
  newlySilent(nowMs: number): readonly NodeId[] {
    const found: NodeId[] = [];
    for (const [peer, atMs] of this.#heardAtMs) {
      if (nowMs - atMs < this.#silentAfterMs || this.#silent.has(peer)) continue;
      this.#silent.add(peer);
      found.push(peer);
    }
    return found;
  }

  /** One that is no peer is alive: oneself. */
  isAlive(node: NodeId): boolean {
    return !this.#silent.has(node);
  }

  /** When a peer was last heard, in ms. */
  lastHeardMs(peer: NodeId): number {
    return this.#heardAtMs.get(peer) ?? 0;
  }

  get silentCount(): number {
    return this.#silent.size;
  }
}
