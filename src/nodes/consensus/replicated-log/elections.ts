/**
 * Who leads. A follower that hears no leader first asks whether the others would vote for it; only
 * if a majority would does it begin a new generation. So a member that was cut off for a while
 * deposes nobody when it comes back (pre-vote: Ongaro's thesis, section 9.6).
 */
import { majority } from '../../parts/quorum.ts';
import { lead } from './leader.ts';
import type { LogContext, Vote, Voted } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** The leader is silent: would the others vote for this member? */
export function canvass(member: ReplicatedLog, ctx: LogContext): void {
  if (member.role === 'candidate') member.takeRole(ctx, 'follower');
  member.leader = null;
  member.resetElectionTimer(ctx);
  member.isCanvassing = true;
  member.grants.clear();
  member.grants.add(ctx.self);
  ask(member, ctx, member.generation + 1, true);
  mayStand(member, ctx);
}

function ask(
  { others, lastGeneration, log }: ReplicatedLog,
  ctx: LogContext,
  generation: number,
  isCanvass: boolean,
): void {
  const { end } = log;
  const vote: Vote = { type: 'vote', generation, canvass: isCanvass, lastGeneration, end };
  for (const to of others) ctx.send(to, vote);
}

function mayStand(member: ReplicatedLog, ctx: LogContext): void {
  if (member.grants.size < majority(member.members.length)) return;
  member.isCanvassing = false;
  member.vote(ctx, member.generation + 1, ctx.self);
  member.takeRole(ctx, 'candidate');
  member.grants.clear();
  member.resetElectionTimer(ctx);
  // Its own vote counts once it is on disk, like that of everybody.
  ctx.storage.sync('own vote', member.generation);
  ask(member, ctx, member.generation, false);
}

export function onOwnVote(member: ReplicatedLog, ctx: LogContext, generation: number): void {
  if (member.role !== 'candidate' || generation !== member.generation) return;
  grant(member, ctx, ctx.self);
}

function grant(member: ReplicatedLog, ctx: LogContext, by: string): void {
  member.grants.add(by);
  if (member.isCanvassing) return mayStand(member, ctx);
  if (member.grants.size >= majority(member.members.length)) lead(member, ctx);
}

export function onVote(member: ReplicatedLog, ctx: LogContext, from: string, m: Vote): void {
  const { generation, canvass: isCanvass } = m;
  if (!isCanvass && generation > member.generation) member.becomeFollower(ctx, generation);
  const granted = isCanvass
    ? generation > member.generation && !hearsLeader(member, ctx) && isAsFar(member, m)
    : generation === member.generation &&
      (member.votedFor === null || member.votedFor === from) &&
      isAsFar(member, m);
  if (granted && !isCanvass) {
    if (member.votedFor === null) member.vote(ctx, generation, from);
    member.resetElectionTimer(ctx);
  }
  const current = member.generation;
  ctx.send(from, { type: 'voted', generation, canvass: isCanvass, granted, current });
}

/**
 * Whether the candidate has all that may be committed (Ongaro & Ousterhout 2014, section 5.4.1).
 */
function isAsFar({ lastGeneration, log, bug }: ReplicatedLog, candidate: Vote): boolean {
  if (bug === 'unclean-election') return true;
  if (candidate.lastGeneration !== lastGeneration) return candidate.lastGeneration > lastGeneration;
  return candidate.end >= log.end;
}

function hearsLeader({ role, heardMs, settings }: ReplicatedLog, ctx: LogContext): boolean {
  return role === 'leader' || ctx.elapsed() - heardMs < settings['election-timeout'].minMs;
}

export function onVoted(member: ReplicatedLog, ctx: LogContext, from: string, m: Voted): void {
  if (m.current > member.generation) return member.becomeFollower(ctx, m.current);
  if (!m.granted) return;
  const isAwaited = m.canvass
    ? member.isCanvassing && m.generation === member.generation + 1
    : member.role === 'candidate' && m.generation === member.generation;
  if (isAwaited) grant(member, ctx, from);
}
