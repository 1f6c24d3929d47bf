/**
 * Messages of each sender in the order sent, over links that do not keep it: each is numbered, and
 * one that comes early waits for those before it. A message that is lost stops its link for good;
 * only a new life of the sender begins again.
 */
import type { NodeId } from '../../sim/node.ts';

interface Incoming<M> {
  life: number;
  next: number;
  readonly early: Map<number, M>;
}

export class FifoLinks<M extends { readonly seq: number; readonly life: number }> {
  readonly #sent = new Map<NodeId, number>();
  readonly #incoming = new Map<NodeId, Incoming<M>>();

  /** The number of the next message to this node. */
  number(to: NodeId): number {
    const seq = (this.#sent.get(to) ?? 0) + 1;
    this.#sent.set(to, seq);
    return seq;
  }

  /** What may be handled now that this message has come: nothing, it, or it and those behind. */
  arrived(from: NodeId, message: M): readonly M[] {
    const link = this.#incoming.get(from) ?? { life: 0, next: 1, early: new Map<number, M>() };
    this.#incoming.set(from, link);
    if (message.life < link.life) return [];
    if (message.life > link.life) {
      link.life = message.life;
      link.next = 1;
      link.early.clear();
    }
    // One that comes twice is handled once.
    if (message.seq < link.next) return [];
    link.early.set(message.seq, message);
    const ready: M[] = [];
    for (;;) {
      const next = link.early.get(link.next);
      if (next === undefined) return ready;
      link.early.delete(link.next++);
      ready.push(next);
    }
  }
}
