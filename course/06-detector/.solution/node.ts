import type { Context, Message, Node } from 'dsim';

const BEAT_MS = 100;
/** No limit is shorter: the network may lose a few heartbeats. */
const LEAST_MS = 600;
/** Gaps that must be known before a silence means anything. */
const ENOUGH = 15;
const SPREADS = 14;
const WEIGHT = 0.05;

/** What is known of a peer: when it was heard last, and which gaps are usual. */
interface Peer {
  heardMs: number;
  gaps: number;
  meanMs: number;
  variance: number;
  isSuspect: boolean;
}

export default class Detector implements Node<Message> {
  private readonly peers = new Map<string, Peer>();
  private awakeMs = 0;

  start(ctx: Context<Message>): void {
    const nowMs = ctx.elapsed();
    this.awakeMs = nowMs;
    for (const peer of ctx.peers) {
      this.peers.set(peer, { heardMs: nowMs, gaps: 0, meanMs: 0, variance: 0, isSuspect: false });
    }
    ctx.setTimer('beat', BEAT_MS);
  }

  receive(ctx: Context<Message>, from: string, _message: Message): void {
    const peer = this.peers.get(from);
    if (peer === undefined) return;
    this.wake(ctx);
    const gapMs = ctx.elapsed() - peer.heardMs;
    peer.heardMs = ctx.elapsed();
    if (peer.isSuspect) {
      peer.isSuspect = false;
      ctx.note('trusts', { of: from });
      // A gap that was an outage says nothing of what is usual.
      return;
    }
    this.learn(peer, gapMs);
  }

  timeout(ctx: Context<Message>, _tag: string): void {
    this.wake(ctx);
    ctx.broadcast({ type: 'beat' });
    for (const [name, peer] of this.peers) {
      if (peer.isSuspect || ctx.elapsed() - peer.heardMs < this.limitMs(peer)) continue;
      peer.isSuspect = true;
      ctx.note('suspects', { of: name });
    }
    ctx.setTimer('beat', BEAT_MS);
  }

  /** Who slept has heard nobody, and knows nothing of the others. */
  private wake(ctx: Context<Message>): void {
    const nowMs = ctx.elapsed();
    if (nowMs - this.awakeMs > 3 * BEAT_MS) {
      for (const peer of this.peers.values()) peer.heardMs = nowMs;
    }
    this.awakeMs = nowMs;
  }

  private learn(peer: Peer, gapMs: number): void {
    peer.gaps += 1;
    const weight = Math.max(WEIGHT, 1 / peer.gaps);
    const offMs = gapMs - peer.meanMs;
    peer.meanMs += weight * offMs;
    peer.variance += weight * (offMs * offMs - peer.variance);
  }

  private limitMs(peer: Peer): number {
    if (peer.gaps < ENOUGH) return 5000;
    return Math.max(LEAST_MS, peer.meanMs + SPREADS * Math.sqrt(peer.variance));
  }
}
