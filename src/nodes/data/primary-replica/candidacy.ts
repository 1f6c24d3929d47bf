/**
 * With `election`: who holds a lock is primary, and the token of the lock is its epoch (Burrows
 * 2006, Chubby, section 2; so do Patroni and the masters of GFS and Bigtable).
 *
 * The lock says that no other may serve, and nothing of who has the records. So its holder asks the
 * others how far they are. All that answer have heard of the new epoch and take nothing of an
 * earlier one from then on; enough of them have all that was acknowledged. A holder that is behind
 * gives the lock back and rests, so that another gets it; so does a primary whose replicas are
 * gone, and one that has heard of a later epoch.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { HealthReply } from '../../parts/failover-messages.ts';
import { LockHolder } from '../../parts/lock-holder.ts';
import type { Ctx, Member } from './member.ts';
import { acksNeeded, candidatesNeeded, DEFAULT_LEASE_MS } from './settings.ts';
import { adopt, becomePrimary } from './succession.ts';

/** Heartbeats for which answers are waited for, and for which who gives back rests. */
const BEATS = 5;

type Position = { readonly lastEpoch: number; readonly lsn: number };

export class Candidacy {
  readonly lock: LockHolder;
  /** The epoch in which it asks, or serves; the beats since it began. */
  #epoch = 0;
  #beats = 0;
  readonly #heard = new Map<NodeId, HealthReply>();

  constructor({ settings, place }: Member, servers: readonly NodeId[]) {
    const leaseMs = settings.lease ?? DEFAULT_LEASE_MS;
    this.lock = new LockHolder({
      servers,
      key: place.group,
      leaseMs,
      drift: settings['lease-drift'],
    });
  }

  /** At each heartbeat. */
  beat(member: Member, ctx: Ctx): void {
    const token = this.lock.heldToken(ctx);
    if (token === null) return this.#stop(member, ctx);
    const isOut = member.role === 'blank' || member.role === 'diverged';
    if (isOut || token < member.epoch) return this.#giveBack(member, ctx);
    if (token !== this.#epoch) this.#begin(member, ctx, token);
    this.#beats++;
    if (member.role !== 'primary') this.#ask(member, ctx);
    else if (this.#isAlone(member, ctx)) this.#giveBack(member, ctx);
  }

  heard(from: NodeId, reply: HealthReply): void {
    if (reply.epoch === this.#epoch && !reply.isBlank) this.#heard.set(from, reply);
  }

  #begin(member: Member, ctx: Ctx, epoch: number): void {
    this.#epoch = epoch;
    this.#beats = 0;
    this.#heard.clear();
    if (epoch > member.epoch) adopt(member, ctx, epoch, null);
  }

  /** Until all have answered, or enough of them after a while. */
  #ask(member: Member, ctx: Ctx): void {
    const { others, log, place, settings } = member;
    const needed = candidatesNeeded(settings, place.members.length);
    const isTime = this.#heard.size === others.length || this.#beats > BEATS;
    if (isTime && this.#heard.size + 1 >= needed) {
      const isBehind = [...this.#heard.values()].some((other) => isFurther(other, log));
      if (isBehind) return this.#giveBack(member, ctx);
      return becomePrimary(member, ctx, this.#epoch);
    }
    if (this.#beats > 2 * BEATS) return this.#giveBack(member, ctx);
    const what = { round: this.#beats, heardRound: 0, primary: null, leaseMs: null };
    for (const to of others) ctx.send(to, { type: 'health', epoch: this.#epoch, ...what });
  }

  /** A primary of which too few replicas have been heard lately can acknowledge nothing. */
  #isAlone({ peers, settings, place }: Member, ctx: Ctx): boolean {
    const sinceMs = ctx.elapsed() - BEATS * settings.heartbeat;
    const near = [...peers.values()].filter(({ heardAtMs }) => heardAtMs >= sinceMs).length;
    return this.#beats > 2 * BEATS && near < acksNeeded(settings, place.members.length);
  }

  #giveBack(member: Member, ctx: Ctx): void {
    this.lock.giveBack(ctx, BEATS * member.settings.heartbeat);
    this.#stop(member, ctx);
  }

  #stop(member: Member, ctx: Ctx): void {
    this.#epoch = 0;
    if (member.role !== 'primary' || member.bug === 'serves-past-lock') return;
    ctx.note('loses its lease');
    adopt(member, ctx, member.epoch, null);
  }
}

function isFurther(a: Position, { lastEpoch, end }: Member['log']): boolean {
  return a.lastEpoch !== lastEpoch ? a.lastEpoch > lastEpoch : a.lsn > end;
}
