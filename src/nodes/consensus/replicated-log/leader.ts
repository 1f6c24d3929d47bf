/** The leader: appends, answers fetches, and raises the high-water mark as they come. */
import type { ReplyBody } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import { agreedIndex, majority } from '../../parts/quorum.ts';
import { answerWaiting } from './answers.ts';
import type { Entry, Fetch, LogContext } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** How many times in the least election timeout a leader looks after its followers. */
const BEATS = 3;

/** A majority has voted for this member. */
export function lead(member: ReplicatedLog, ctx: LogContext): void {
  member.grants.clear();
  member.takeRole(ctx, 'leader');
  member.leader = ctx.self;
  member.firstOwn = member.log.end;
  member.synced = 0;
  member.progress.clear();
  member.parked.clear();
  ctx.cancelTimer('election');
  ctx.cancelTimer('fetch');
  for (const other of member.others) member.fetchedMs.set(other, ctx.elapsed());
  if (member.bug === 'forget-producers') member.contents.forgetProducers();
  try {
    append(member, ctx, { ...NOTHING, generation: member.generation });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return giveUp(member, ctx);
  }
  beat(member, ctx);
}

const NOTHING = {
  type: 'start',
  sends: [],
  group: '',
  commits: {},
  session: '',
  serial: 0,
} as const satisfies Omit<Entry, 'generation'>;

/** Appends a record, and hands it to the followers while its own disk writes. */
export function append(member: ReplicatedLog, ctx: LogContext, entry: Entry): ReplyBody {
  const body = member.append(entry);
  ctx.storage.sync('synced', member.log.end);
  for (const [follower, asked] of member.parked) serve(member, ctx, follower, asked);
  advance(member, ctx);
  return body;
}

/**
 * The mark rises to where a majority is, but only past the first record of this leader: what
 * earlier leaders have appended may be on a majority and still be lost, as long as nothing of this
 * generation is behind it (Ongaro & Ousterhout 2014, section 5.4.2).
 */
export function advance(member: ReplicatedLog, ctx: LogContext): void {
  const own = member.bug === 'ack-before-sync' ? member.log.end : member.synced;
  const ends = [own, ...member.others.map((other) => member.progress.get(other) ?? 0)];
  const agreed = Math.min(agreedIndex(ends), member.log.end);
  if (agreed > member.highWater && agreed > member.firstOwn) {
    member.raiseHighWater(agreed);
    answerWaiting(member, ctx);
    for (const [follower, asked] of member.parked) serve(member, ctx, follower, asked);
  }
  ctx.measure('uncommitted', member.log.end - member.highWater);
}

export function onFetch(member: ReplicatedLog, ctx: LogContext, from: NodeId, m: Fetch): void {
  if (m.generation > member.generation) member.becomeFollower(ctx, m.generation);
  if (m.generation < member.generation) {
    return ctx.sendNow(from, { type: 'stale', generation: member.generation });
  }
  if (member.role !== 'leader') return;
  member.fetchedMs.set(from, ctx.elapsed());
  const isAlike =
    m.from <= member.log.end && member.generations.at(m.from - 1) === m.lastGeneration;
  if (!isAlike) return part(member, ctx, from, m);
  member.progress.set(from, Math.max(m.from, member.progress.get(from) ?? 0));
  serve(member, ctx, from, m);
  advance(member, ctx);
}

/** The follower has what this leader lacks: it hears up to where they may still be alike. */
function part(member: ReplicatedLog, ctx: LogContext, to: NodeId, m: Fetch): void {
  const { generation, generations, log } = member;
  const { from, lastGeneration } = m;
  const { of, end } = generations.lastUpTo(lastGeneration, log.end);
  ctx.sendNow(to, { type: 'diverges', generation, from, lastGeneration, of, end });
}

/** Answers a fetch if there is news, else keeps it for a while. */
function serve(member: ReplicatedLog, ctx: LogContext, to: NodeId, m: Fetch): void {
  if (member.log.end > m.from || member.highWater > m.highWater) return hand(member, ctx, to, m);
  if (member.parked.get(to) === m) return;
  member.parked.set(to, m);
  ctx.setTimer('parked', member.settings['fetch-wait'], member.members.indexOf(to));
}

function hand(member: ReplicatedLog, ctx: LogContext, to: NodeId, { from }: Fetch): void {
  const { log, generation, highWater, settings } = member;
  member.parked.delete(to);
  const end = Math.min(log.end, from + settings['fetch-records']);
  const entries: Entry[] = [];
  for (let i = from; i < end; i++) entries.push(log.at(i));
  ctx.measure('fetches');
  ctx.measure('fetched-records', entries.length);
  // Followers may have a record before the leader's own disk has: the leader counts like the
  // others.
  ctx.sendNow(to, { type: 'records', generation, from, entries, highWater });
}

/** The time of a kept fetch is over: an empty answer, which shows that the leader is alive. */
export function endFetchWait(member: ReplicatedLog, ctx: LogContext, follower: NodeId): void {
  const asked = member.parked.get(follower);
  if (asked !== undefined) hand(member, ctx, follower, asked);
}

/** Wakes followers that do not fetch, and gives up without a majority (check quorum). */
export function beat(member: ReplicatedLog, ctx: LogContext): void {
  if (member.role !== 'leader') return;
  const { minMs, maxMs } = member.settings['election-timeout'];
  const nowMs = ctx.elapsed();
  let heard = 1;
  for (const other of member.others) {
    const silentMs = nowMs - (member.fetchedMs.get(other) ?? 0);
    if (silentMs <= maxMs) heard++;
    const isFetching = member.parked.has(other) || member.progress.has(other);
    if (!isFetching || silentMs > minMs / BEATS) {
      ctx.send(other, { type: 'leads', generation: member.generation });
    }
  }
  if (heard < majority(member.members.length)) return giveUp(member, ctx);
  ctx.setTimer('beat', minMs / BEATS);
}

function giveUp(member: ReplicatedLog, ctx: LogContext): void {
  ctx.note('steps down', { term: member.generation });
  member.becomeFollower(ctx, member.generation);
}
