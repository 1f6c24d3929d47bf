/**
 * What members promise and accept. A promise and an acceptance are on disk before they leave:
 * `ctx.send` waits.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { learnUpTo, tellChosen } from './learning.ts';
import { signed } from './lives.ts';
import type { Accept, MultiPaxosMessage, Prepare } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { hearsMajority, holdsLease, resetElectionTimer, stepDown } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

/** Phase 1b. A leader with a lease, or who is bound by one, promises nobody else. */
export function onPrepare(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Prepare): void {
  const { ballot } = m;
  if (paxos.isRecovering) return;
  if (ballot < paxos.promised) {
    return ctx.send(from, { type: 'refusal', ballot, promised: paxos.promised });
  }
  const { slots, bug } = paxos;
  if (ballot > paxos.promised) {
    // Who was bound to the leader that has asked for this is bound to nobody.
    const isReleased = m.released !== undefined && m.released === paxos.promised;
    if (!isReleased && isTaken(paxos, ctx)) {
      ctx.note('refuses ballot', { of: from });
      // It was removed, and does not know.
      if (!paxos.others.includes(from)) tellChosen(paxos, ctx, from, m.from);
      return;
    }
    stepDown(paxos, ctx);
    paxos.leader = null;
    paxos.promise(ctx, ballot);
    resetElectionTimer(paxos, ctx);
  }
  const all = slots.from(m.from);
  // The bug: the last one, as if one leader after the other had proposed one slot at a time.
  const accepted = bug === 'promise-latest-slot-only' ? all.slice(-1) : all;
  ctx.send(from, signed(paxos, { type: 'promise', ballot, base: slots.base, accepted }));
}

/**
 * There is a leader: it holds a lease, or was heard so lately that it is not given up. The second
 * is no matter of safety: a member that comes back from a cut shall not depose a leader that is
 * well.
 */
function isTaken(paxos: MultiPaxos, ctx: Ctx): boolean {
  const { leases, settings, role } = paxos;
  if (leases.isBound(ctx)) return true;
  if (role === 'leader' && holdsLease(paxos, ctx)) return true;
  if (!settings.stableLeader) return false;
  if (role === 'leader') return hearsMajority(paxos, ctx);
  return ctx.elapsed() - paxos.heardLeaderAtMs < settings.electionMinMs;
}

/** Phase 2b, and what the leader says of earlier slots. */
export function onAccept(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Accept): void {
  const { ballot, first, values } = m;
  if (ballot < paxos.promised) {
    return ctx.send(from, { type: 'refusal', ballot, promised: paxos.promised });
  }
  if (ballot > paxos.promised) {
    stepDown(paxos, ctx);
    paxos.promise(ctx, ballot);
  } else if (paxos.role === 'candidate') stepDown(paxos, ctx);
  paxos.leader = from;
  paxos.heardLeaderAtMs = ctx.elapsed();
  paxos.leases.bind(ctx);
  resetElectionTimer(paxos, ctx);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // What is chosen is not accepted again.
    if (value !== undefined && first + i > paxos.chosen)
      paxos.slots.accept(first + i, ballot, value);
  }
  // Who recovers follows, and says nothing that might be counted.
  if (!paxos.isRecovering) acknowledge(paxos, ctx, from, m);
  learnUpTo(paxos, ctx, m.chosen, ballot);
}

function acknowledge(paxos: MultiPaxos, ctx: Ctx, leader: NodeId, m: Accept): void {
  const { ballot, first, values, sentAtMs } = m;
  const plain = { type: 'accepted', ballot, first, count: values.length, sentAtMs } as const;
  const reply = signed(paxos, plain);
  // The bug: it leaves while the disk still writes.
  if (paxos.bug === 'ack-before-durable') ctx.sendNow(leader, reply);
  else ctx.send(leader, reply);
}
