/**
 * The watch that one member keeps over others: who is trusted, who is suspected, by the heartbeats
 * that come. The owner sends heartbeats and hands over those that it gets; the watch sets a timer
 * for each member and says when it changes its mind.
 */
import { assert } from '../../sim/assert.ts';
import type { Context, NodeId } from '../../sim/node.ts';
import { type DetectorSpec, FailureDetector } from './failure-detector.ts';

interface Watched {
  readonly member: NodeId;
  readonly key: number;
  detector: FailureDetector;
  /** Which life of it is watched; 0 before it was heard. */
  incarnation: number;
  isSuspected: boolean;
}

/** The tag of its timers. */
export const SILENCE = 'silence';

// biome-ignore lint/suspicious/noExplicitAny: the watch sends no messages, whatever the kind's are.
type AnyContext = Context<any>;

export class HeartbeatWatch {
  readonly #spec: DetectorSpec;
  readonly #ownPauseMs: number;
  readonly #watched = new Map<NodeId, Watched>();
  readonly #byKey: Watched[] = [];
  #lastTickMs = 0;
  /** Called when a member becomes suspected, or trusted again. */
  onChange: (ctx: AnyContext, member: NodeId, isSuspected: boolean) => void = () => {};

  /** `ownPauseMs`: Infinity to judge by every silence. */
  constructor(spec: DetectorSpec, ownPauseMs: number) {
    this.#spec = spec;
    this.#ownPauseMs = ownPauseMs;
  }

  /** Watches these from now on, as if each had just been heard. */
  start(ctx: AnyContext, members: readonly NodeId[]): void {
    const nowMs = ctx.elapsed();
    this.#lastTickMs = nowMs;
    for (const member of members) {
      const detector = new FailureDetector(this.#spec, nowMs);
      const key = this.#byKey.length + 1;
      const watched = { member, key, detector, incarnation: 0, isSuspected: false };
      this.#watched.set(member, watched);
      this.#byKey.push(watched);
      this.#arm(ctx, watched);
    }
  }

  isSuspected(member: NodeId): boolean {
    return this.#watched.get(member)?.isSuspected ?? false;
  }

  incarnationOf(member: NodeId): number {
    return this.#watched.get(member)?.incarnation ?? 0;
  }

  phiOf(member: NodeId, nowMs: number): number {
    return this.#watched.get(member)?.detector.phi(nowMs) ?? 0;
  }

  /** The owner ran: called at each of its own heartbeats, by which it knows of its own pauses. */
  tick(ctx: AnyContext): void {
    const nowMs = ctx.elapsed();
    if (this.#wasPaused(nowMs)) this.#excuseAll(ctx, nowMs);
    this.#lastTickMs = nowMs;
  }

  /** A heartbeat of a life of a member. A new life has no history. */
  beat(ctx: AnyContext, member: NodeId, incarnation: number): void {
    const watched = this.#watched.get(member);
    if (watched === undefined || incarnation < watched.incarnation) return;
    const nowMs = ctx.elapsed();
    if (incarnation > watched.incarnation) {
      if (watched.incarnation !== 0) watched.detector = new FailureDetector(this.#spec, nowMs);
      watched.incarnation = incarnation;
    }
    watched.detector.beat(nowMs, watched.isSuspected);
    this.#arm(ctx, watched);
    if (!watched.isSuspected) return;
    watched.isSuspected = false;
    this.onChange(ctx, member, false);
  }

  /** The timer of a member is due. */
  silent(ctx: AnyContext, key: number): void {
    const watched = this.#byKey[key - 1];
    assert(watched !== undefined, 'a timer of silence belongs to a member');
    const nowMs = ctx.elapsed();
    if (this.#wasPaused(nowMs)) {
      this.#excuseAll(ctx, nowMs);
      this.#lastTickMs = nowMs;
      return;
    }
    if (watched.isSuspected) return;
    watched.isSuspected = true;
    this.onChange(ctx, watched.member, true);
  }

  /** Whether the owner itself was not there since its last tick. */
  #wasPaused(nowMs: number): boolean {
    return nowMs - this.#lastTickMs > this.#spec.heartbeatMs + this.#ownPauseMs;
  }

  /** What came meanwhile waits to be handled: nobody was silent, as far as it can know. */
  #excuseAll(ctx: AnyContext, nowMs: number): void {
    for (const watched of this.#byKey) {
      if (watched.isSuspected) continue;
      watched.detector.excuse(nowMs);
      this.#arm(ctx, watched);
    }
  }

  #arm(ctx: AnyContext, { detector, key }: Watched): void {
    ctx.setTimer(SILENCE, Math.max(0, detector.leftMs(ctx.elapsed())), key);
  }
}
