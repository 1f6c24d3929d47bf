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
import type { Context, NodeId } from '../../../sim/node.ts';
import { beginToLead, goAhead } from './leader.ts';
import { askToLearn } from './learning.ts';
import { isToThisLife, signed } from './lives.ts';
import { askToRecover } from './lost-disk.ts';
import type {
  Accepted,
  Ballot,
  MultiPaxosMessage,
  Prepare,
  PromiseReply,
  Refusal,
} from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { resetElectionTimer, stepDown } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

/** No leader was heard, or its own first phase has come to nothing. */
export function onElectionTimeout(paxos: MultiPaxos, ctx: Ctx): void {
  resetElectionTimer(paxos, ctx);
  if (paxos.isRecovering) askToRecover(paxos, ctx);
  if (!paxos.mayLead) return askVoters(paxos, ctx);
  // Its own lease to a leader binds a member as it binds it towards others.
  if (!paxos.leases.isBound(ctx)) campaign(paxos, ctx);
}

/**
 * Whoever does not vote asks those who do for what was chosen, as a follower does that is behind.
 * So a spare member has caught up before it is taken in, and one that was removed passes on what
 * only it may know.
 */
function askVoters(paxos: MultiPaxos, ctx: Ctx): void {
  const learn = { type: 'learn', from: paxos.chosen + 1 } as const;
  for (const id of paxos.others) ctx.sendNow(id, learn);
}

/**
 * Begins a ballot. It is on disk before anybody hears of it, so that no later life uses it again.
 * Its own acceptor does not promise it yet: a member that is cut off would come back with a promise
 * that its leader would have to beat.
 *
 * @param released the ballot of the leader that has asked for this
 */
export function campaign(paxos: MultiPaxos, ctx: Ctx, released?: Ballot): void {
  ctx.measure('elections');
  paxos.leader = null;
  paxos.promises.clear();
  const ballot = nextBallot(paxos);
  paxos.candidacy = ballot;
  paxos.highest = ballot;
  ctx.storage.set('used', ballot);
  paxos.setRole(ctx, 'candidate');
  const plain: Prepare = signed(paxos, { type: 'prepare', ballot, from: paxos.chosen + 1 });
  const prepare = released === undefined ? plain : { ...plain, released };
  for (const member of paxos.others) ctx.send(member, prepare);
  tryToLead(paxos, ctx);
}

/** The lowest ballot of its own above all that it has heard of. */
export function nextBallot({ highest, members, place }: MultiPaxos): Ballot {
  const size = members.length;
  return (Math.floor(highest / size) + 1) * size + place;
}

export function onPromise(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: PromiseReply): void {
  if (!isToThisLife(paxos, m.lives)) return;
  if (paxos.role === 'leader') return onLatePromise(paxos, ctx, from, m);
  if (paxos.role !== 'candidate' || m.ballot !== paxos.candidacy) return;
  paxos.promises.set(from, m);
  tryToLead(paxos, ctx);
}

/** A leader was missing the promises of voters that have come since. */
function onLatePromise(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: PromiseReply): void {
  const { configurations, members, chosen } = paxos;
  if (m.ballot !== paxos.promised) return;
  if (configurations.areMajorityAfter(chosen, paxos.promisedBy)) return;
  // A snapshot hides what it has accepted in slots before.
  if (m.base > chosen) return askToLearn(paxos, ctx, from);
  const place = members.indexOf(from);
  paxos.promisedBy |= 1 << place;
  paxos.heardAtMs[place] = ctx.elapsed();
  for (const accepted of m.accepted) takeNamed(paxos, accepted);
  goAhead(paxos, ctx);
}

/**
 * Leads, if a majority of those who decide the next slot has promised, itself included. Slots that
 * one of them has only as a snapshot are chosen, and must be learned first: no promise names them.
 */
export function tryToLead(paxos: MultiPaxos, ctx: Ctx): void {
  const { promises, members } = paxos;
  if (paxos.role !== 'candidate') return;
  let promisedBy = 1 << paxos.place;
  for (const member of promises.keys()) promisedBy |= 1 << members.indexOf(member);
  if (!paxos.votersOfNext.isMajority(promisedBy)) return;
  for (const [member, { base }] of promises) {
    if (base > paxos.chosen) return askToLearn(paxos, ctx, member);
  }
  if (paxos.candidacy < paxos.promised) return stepDown(paxos, ctx);
  paxos.promisedBy = promisedBy;
  paxos.promise(ctx, paxos.candidacy);
  ctx.storage.sync('own-promise');
}

/** Its own promise is on disk: the majority is complete. */
export function onOwnPromise(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.role === 'candidate' && paxos.candidacy === paxos.promised) lead(paxos, ctx);
}

function lead(paxos: MultiPaxos, ctx: Ctx): void {
  const { chosen, slots, promises, bug } = paxos;
  paxos.takenOver = chosen;
  paxos.named.clear();
  for (const accepted of slots.from(chosen + 1)) takeNamed(paxos, accepted);
  for (const { accepted } of promises.values()) for (const each of accepted) takeNamed(paxos, each);
  paxos.setRole(ctx, 'leader');
  beginToLead(paxos, ctx);
  // The bug: its own requests go into these slots.
  if (bug === 'own-value-always') paxos.takenOver = chosen;
  goAhead(paxos, ctx);
}

/** A promise names this, or its own acceptor has it: of each slot the highest ballot counts. */
function takeNamed(paxos: MultiPaxos, accepted: Accepted): void {
  const { slot, ballot } = accepted;
  if (slot <= paxos.chosen) return;
  const before = paxos.named.get(slot);
  if (before === undefined || ballot > before.ballot) paxos.named.set(slot, accepted);
  if (slot > paxos.takenOver) paxos.takenOver = slot;
}

export function onRefusal(paxos: MultiPaxos, ctx: Ctx, { ballot, promised }: Refusal): void {
  if (promised > paxos.highest) paxos.highest = promised;
  const own = paxos.role === 'candidate' ? paxos.candidacy : paxos.promised;
  if (ballot === own && promised > ballot) stepDown(paxos, ctx);
}
