/**
 * Master leases (Chandra, Griesemer & Redstone 2007, "Paxos Made Live", section 5.2): members that
 * hear a leader promise no ballot to anybody else for a while; as long as a majority is bound,
 * nobody else can lead, and the leader answers reads from its own state.
 *
 * Both halves count on clocks of their own, which never jump (`ctx.elapsed`) but may run at the
 * wrong pace: that it is wrong by at most `lease-drift` is the one assumption about time that
 * safety rests on, and only if `lease` is set. A member counts from the arrival of a message, the
 * leader from before it was sent, and less of it. A member that boots has forgotten which leader it
 * was bound to, and binds itself for as long.
 */
import type { Context } from '../../../sim/node.ts';
import type { Bug } from './bugs.ts';
import type { Voters } from './configurations.ts';
import type { MultiPaxosMessage } from './messages.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<MultiPaxosMessage>;

export class Leases {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  /** As a member: bound to promise nobody else until then. */
  #boundUntilMs = -Infinity;
  /** As a leader, by place: until when it trusts that member to be bound. */
  readonly #trustedUntilMs: number[];
  /** As a leader that has asked another to lead: there is no lease for the rest of this ballot. */
  #isOver = false;

  constructor(settings: Settings, members: number, bug: Bug | null) {
    this.#settings = settings;
    this.#bug = bug;
    this.#trustedUntilMs = Array.from({ length: members }, () => -Infinity);
  }

  /** As a member: a leader was heard, or it boots, and what it was bound to is not over yet. */
  bind(ctx: Ctx): void {
    if (this.#settings.leaseMs > 0) this.#boundUntilMs = ctx.elapsed() + this.#settings.leaseMs;
  }

  isBound(ctx: Ctx): boolean {
    // The bug: the lease is no reason to wait.
    if (this.#bug === 'lease-without-wait') return false;
    return ctx.elapsed() < this.#boundUntilMs;
  }

  /** As a leader: a member has answered what was sent then. */
  renew(place: number, sentAtMs: number): void {
    const untilMs = sentAtMs + this.#settings.trustMs;
    if (untilMs > (this.#trustedUntilMs[place] as number)) this.#trustedUntilMs[place] = untilMs;
  }

  letGo(): void {
    this.#trustedUntilMs.fill(-Infinity);
    this.#isOver = false;
  }

  /** As a leader: others may lead from now on, without waiting. */
  end(): void {
    this.#isOver = true;
  }

  /** As the leader at a place: is a majority of these voters bound, itself included? */
  isHeld(ctx: Ctx, place: number, voters: Voters): boolean {
    if (this.#settings.leaseMs === 0 || this.#isOver) return false;
    const nowMs = ctx.elapsed();
    let bound = 1 << place;
    for (let i = 0; i < this.#trustedUntilMs.length; i++) {
      if (nowMs < (this.#trustedUntilMs[i] as number)) bound |= 1 << i;
    }
    return voters.isMajority(bound);
  }
}
