/**
 * The lease of a leader: members that have heard it follow nobody else for a while, so that as long
 * as a majority is bound no other can lead, and the leader answers reads from its own state (Gray,
 * Cheriton 1989, Leases; the master lease of Chandra, Griesemer, Redstone 2007, Paxos Made Live,
 * section 5.2).
 *
 * A member counts from the arrival of a heartbeat, the leader from before it was sent, and less of
 * it, since clocks run apart. A member that restarts has forgotten its promise, and follows nobody
 * for as long.
 */
import type { NodeId } from '../../../sim/node.ts';
import { majority } from '../../parts/quorum.ts';
import { trustedLeaseMs } from '../../parts/trusted-lease.ts';
import type { LeaderBug, LeaderParams } from './declared.ts';
import type { LeaderContext } from './messages.ts';

export class Leases {
  readonly #leaseMs: number;
  readonly #trustMs: number;
  readonly #bug: LeaderBug | null;
  /** As a member: who it follows, and until when nobody else. */
  #boundTo: NodeId | null = null;
  #boundUntilMs = -Infinity;
  /** As a leader, by member: when the last heartbeat that it has answered was sent. */
  readonly #heardMs = new Map<NodeId, number>();

  /** Without `lease` nobody is bound. */
  constructor(given: LeaderParams, bug: LeaderBug | null) {
    const drift = given['lease-drift'];
    this.#leaseMs = given.election === undefined ? (given.lease ?? 0) : 0;
    this.#trustMs = trustedLeaseMs(this.#leaseMs, drift);
    this.#bug = bug;
  }

  /** As a member, at boot. */
  start(ctx: LeaderContext): void {
    if (ctx.life > 1 && this.#bug !== 'lease-ignores-reboot') this.bind(ctx, null);
  }

  /** As a member: it has heard the leader. */
  bind(ctx: LeaderContext, leader: NodeId | null): void {
    this.#boundTo = leader;
    this.#boundUntilMs = ctx.elapsed() + this.#leaseMs;
  }

  /** As a member: whether it has to wait before it may follow this one. */
  bars(ctx: LeaderContext, candidate: NodeId): boolean {
    return candidate !== this.#boundTo && ctx.elapsed() < this.#boundUntilMs;
  }

  /** As a leader: it begins, or leads no more. */
  letGo(): void {
    this.#heardMs.clear();
  }

  /** As a leader: a member has answered the heartbeat that was sent then. */
  heard(ctx: LeaderContext, member: NodeId, sentMs: number): void {
    const fromMs = this.#bug === 'lease-from-receipt' ? ctx.elapsed() : sentMs;
    this.#heardMs.set(member, Math.max(fromMs, this.#heardMs.get(member) ?? -Infinity));
  }

  /**
   * As a leader: the last moment at which a majority, itself included, was there; -Infinity: none.
   */
  majorityMs(others: readonly NodeId[]): number {
    const times = others.map((other) => this.#heardMs.get(other) ?? -Infinity);
    const needed = majority(others.length + 1) - 1;
    return needed === 0 ? Infinity : (times.sort((a, b) => b - a)[needed - 1] as number);
  }

  /** As a leader: nobody else can lead yet. */
  isHeld(ctx: LeaderContext, others: readonly NodeId[]): boolean {
    return ctx.elapsed() < this.majorityMs(others) + this.#trustMs;
  }
}
