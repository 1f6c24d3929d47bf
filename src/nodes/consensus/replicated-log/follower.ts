/** A follower: fetches, appends what it gets, and cuts off what its leader lacks. */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import type { Diverges, Leads, LogContext, Records } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

export function onLeads(member: ReplicatedLog, ctx: LogContext, from: NodeId, m: Leads): void {
  if (m.generation < member.generation) {
    return ctx.send(from, { type: 'stale', generation: member.generation });
  }
  const isNew = m.generation > member.generation || member.leader !== from;
  if (isNew) {
    assert(
      m.generation > member.generation || member.role !== 'leader',
      'a generation has one leader',
    );
    member.becomeFollower(ctx, m.generation);
    member.leader = from;
    if (member.bug === 'truncate-to-high-water') member.truncate(ctx, member.highWater);
  }
  heard(member, ctx);
  sendFetch(member, ctx);
}

function heard(member: ReplicatedLog, ctx: LogContext): void {
  member.heardMs = ctx.elapsed();
  member.resetElectionTimer(ctx);
}

/**
 * Asks for what comes next. `send` waits for the disk, so that the fetch acknowledges what was
 * appended before. A fetch without an answer is repeated: one of them was lost.
 */
export function sendFetch(member: ReplicatedLog, ctx: LogContext): void {
  const { leader, generation, log, lastGeneration, highWater, settings, role } = member;
  if (leader === null || role !== 'follower') return;
  const m = { type: 'fetch', generation, from: log.end, lastGeneration, highWater } as const;
  if (member.bug === 'ack-before-sync') ctx.sendNow(leader, m);
  else ctx.send(leader, m);
  ctx.setTimer('fetch', settings['fetch-wait'] + settings['election-timeout'].minMs / 3);
}

export function onRecords(member: ReplicatedLog, ctx: LogContext, from: NodeId, m: Records): void {
  if (m.generation !== member.generation || from !== member.leader) return;
  if (member.role !== 'follower') return;
  heard(member, ctx);
  // The answer to an earlier fetch, or the second copy of one.
  if (m.from !== member.log.end) return;
  try {
    for (const entry of m.entries) member.append(entry);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    // It asks again when the time of this fetch is over.
    return ctx.note('no room');
  }
  if (m.entries.length > 0) member.keepHighWater(ctx);
  member.raiseHighWater(Math.min(m.highWater, member.log.end));
  sendFetch(member, ctx);
}

/**
 * The logs part somewhere before the end. They may be alike up to the end of the last generation
 * that both have: what is behind is cut off, and the next fetch compares again (KIP-101).
 */
export function onDiverges(
  member: ReplicatedLog,
  ctx: LogContext,
  from: NodeId,
  m: Diverges,
): void {
  if (m.generation !== member.generation || from !== member.leader) return;
  if (member.role !== 'follower') return;
  heard(member, ctx);
  // The second copy of an answer comes when the log has grown again: by then it is right, and would
  // be cut off below its high-water mark.
  if (m.from !== member.log.end || m.lastGeneration !== member.lastGeneration) return;
  const own = member.generations.lastUpTo(m.of, member.log.end);
  member.truncate(ctx, Math.min(m.end, own.end));
  sendFetch(member, ctx);
}
