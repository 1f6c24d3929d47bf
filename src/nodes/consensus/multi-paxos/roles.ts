/** What a member is to the others: following, asking for promises, or leading. */
import { assert } from '../../../sim/assert.ts';
import type { Context } from '../../../sim/node.ts';
import { refuse } from '../../parts/machines/askers.ts';
import type { MultiPaxosMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

type Ctx = Context<MultiPaxosMessage>;

export function resetElectionTimer({ settings }: MultiPaxos, ctx: Ctx): void {
  const { electionMinMs, electionMaxMs } = settings;
  ctx.setTimer('election', ctx.random.between(electionMinMs, electionMaxMs));
}

/** Back to following: nobody leads, as far as it knows. */
export function stepDown(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.role === 'follower') return;
  assert(paxos.promised <= paxos.highest, 'the highest ballot is that of all');
  if (paxos.role === 'leader') {
    ctx.cancelTimer('heartbeat');
    paxos.acks.clear();
    paxos.leases.letGo();
    refuseBacklog(paxos, ctx);
  }
  paxos.leader = null;
  paxos.promises.clear();
  paxos.setRole(ctx, 'follower');
  resetElectionTimer(paxos, ctx);
}

/** It leads no more: nothing of this was proposed. */
function refuseBacklog({ backlog }: MultiPaxos, ctx: Ctx): void {
  for (const { asker } of backlog.splice(0)) {
    refuse(ctx, asker, 'temporarily-unavailable', 'not the leader any more');
  }
}

/**
 * Has a majority of those who decide the next slot answered within the longest election timeout,
 * itself included?
 */
export function hearsMajority(paxos: MultiPaxos, ctx: Ctx): boolean {
  const { members, heardAtMs, settings, place } = paxos;
  const sinceMs = ctx.elapsed() - settings.electionMaxMs;
  let heard = 1 << place;
  for (let i = 0; i < members.length; i++) {
    if ((heardAtMs[i] as number) >= sinceMs) heard |= 1 << i;
  }
  return paxos.votersOfNext.isMajority(heard);
}

/**
 * As a leader: nobody else leads, and a majority of those who decide the next slot vouches for it.
 */
export function holdsLease(paxos: MultiPaxos, ctx: Ctx): boolean {
  return paxos.leases.isHeld(ctx, paxos.place, paxos.votersOfNext);
}
