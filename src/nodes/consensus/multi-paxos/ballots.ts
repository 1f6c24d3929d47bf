/**
 * Phase 1: how a member comes to lead (Lamport 2001, section 3).
 *
 * One prepare stands for all slots from the first that the candidate does not know to be chosen.
 * The promises name everything that was accepted there, and the candidate proposes it again in its
 * own ballot, of each slot the value with the highest ballot. A slot below the last of them that
 * nobody names is a gap, and gets a no-op, which has to be chosen like any value.
 *
 * Unlike in Raft a leader may begin with an old log: it learns from the promises what it lacks.
 */
import type { Context } from '../../../sim/node.ts';
import { majority } from '../../parts/quorum.ts';
import { beginToLead, propose } from './leader.ts';
import { askToLearn } from './learning.ts';
import type { Accepted, Ballot, MultiPaxosMessage, PromiseReply, Refusal } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { resetElectionTimer, stepDown } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

/**
 * No leader was heard, or its own first phase has come to nothing: the next ballot. The ballot is
 * on disk before anybody hears of it, so that no later life uses it again. Its own acceptor does
 * not promise it yet: a member that is cut off would come back with a promise that its leader would
 * have to beat.
 */
export function onElectionTimeout(paxos: MultiPaxos, ctx: Ctx): void {
  resetElectionTimer(paxos, ctx);
  // Its own lease to a leader binds a member as it binds it towards others.
  if (paxos.leases.isBound(ctx)) return;
  ctx.measure('elections');
  paxos.leader = null;
  paxos.promises.clear();
  const ballot = nextBallot(paxos);
  paxos.candidacy = ballot;
  paxos.highest = ballot;
  ctx.storage.set('used', ballot);
  paxos.setRole(ctx, 'candidate');
  const prepare = { type: 'prepare', ballot, from: paxos.chosen + 1 } as const;
  for (const member of paxos.others) ctx.send(member, prepare);
  tryToLead(paxos, ctx);
}

/** The lowest ballot of its own above all that it has heard of. */
export function nextBallot({ highest, members, place }: MultiPaxos): Ballot {
  const size = members.length;
  return (Math.floor(highest / size) + 1) * size + place;
}

export function onPromise(paxos: MultiPaxos, ctx: Ctx, from: string, m: PromiseReply): void {
  if (paxos.role !== 'candidate' || m.ballot !== paxos.candidacy) return;
  paxos.promises.set(from, m);
  tryToLead(paxos, ctx);
}

/**
 * Leads, if a majority has promised, itself included. Slots that one of them has only as a snapshot
 * are chosen, and must be learned first: no promise names them.
 */
export function tryToLead(paxos: MultiPaxos, ctx: Ctx): void {
  const { promises, members } = paxos;
  if (paxos.role !== 'candidate' || promises.size + 1 < majority(members.length)) return;
  for (const [member, { base }] of promises) {
    if (base > paxos.chosen) return askToLearn(paxos, ctx, member);
  }
  if (paxos.candidacy < paxos.promised) return stepDown(paxos, ctx);
  paxos.promise(ctx, paxos.candidacy);
  ctx.storage.sync('own-promise');
}

/** Its own promise is on disk: the majority is complete. */
export function onOwnPromise(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.role === 'candidate' && paxos.candidacy === paxos.promised) takeOver(paxos, ctx);
}

function takeOver(paxos: MultiPaxos, ctx: Ctx): void {
  const { promised: ballot, chosen } = paxos;
  const named = valuesNamed(paxos);
  const last = named.size === 0 ? chosen : Math.max(chosen, ...named.keys());
  paxos.setRole(ctx, 'leader');
  beginToLead(paxos, ctx, last);
  if (paxos.bug === 'own-value-always') {
    paxos.takenOver = chosen;
    paxos.next = chosen + 1;
    return;
  }
  for (let slot = chosen + 1; slot <= last; slot++) {
    const accepted = named.get(slot);
    if (accepted !== undefined) {
      ctx.measure('taken-over');
      propose(paxos, ctx, slot, accepted.value);
      continue;
    }
    ctx.measure('no-ops');
    ctx.note('fills gap', { slot });
    propose(paxos, ctx, slot, { made: ballot, command: { type: 'no-op' } });
  }
}

/** By slot: what the promises name, or its own acceptor has, in the highest ballot. */
function valuesNamed(paxos: MultiPaxos): ReadonlyMap<number, Accepted> {
  const named = new Map<number, Accepted>();
  const take = (accepted: Accepted) => {
    if (accepted.slot <= paxos.chosen) return;
    const before = named.get(accepted.slot);
    if (before === undefined || accepted.ballot > before.ballot) named.set(accepted.slot, accepted);
  };
  for (const accepted of paxos.slots.from(paxos.chosen + 1)) take(accepted);
  for (const { accepted } of paxos.promises.values()) for (const each of accepted) take(each);
  return named;
}

export function onRefusal(paxos: MultiPaxos, ctx: Ctx, { ballot, promised }: Refusal): void {
  if (promised > paxos.highest) paxos.highest = promised;
  const own = paxos.role === 'candidate' ? paxos.candidacy : paxos.promised;
  if (ballot === own && promised > ballot) stepDown(paxos, ctx);
}
