/**
 * A server that boots with an empty disk though it has lived before. It has forgotten its votes and
 * what it had acknowledged: if it takes part as if nothing had happened, a term gets two leaders,
 * or one is elected that lacks what is committed.
 *
 * With `on-lost-disk: wait` it gets the log and promises nothing: no vote, no office, and its
 * answers carry the number of its life and are not counted. The leader appends an entry when it
 * first hears of that life, and when a majority *of the others alone* has the entry, and the
 * server too, it says so. Why the server may vote then, in a group of 2f + 1: a candidate that has
 * its forgotten vote for term T needs f of the others. Of f + 1 others that have the entry, of term
 * t, one is among these f. That one has not voted in T before it took the entry, if t < T, since it
 * would have refused the entry then; afterwards it votes for nobody whose log lacks it, and the
 * candidate asked before the entry was made. If T = t, who has entries of t follows its leader.
 * What the server had acknowledged is in the log of that leader, which was elected without it.
 *
 * How it knows: its disk holds a mark from its first life on. Without a majority of others, as in a
 * group of one or two, it waits forever, and an operator must decide.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import type { AppendEntriesReply, RaftMessage, Rejoin } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { append, replicateToAll } from './replication.ts';

type Ctx = Context<RaftMessage>;

const MARK = 'lost';

/** At boot. */
export function lookForMark(raft: Raft, ctx: Ctx): void {
  if (raft.settings.onLostDisk === 'vote') return;
  const mark = ctx.storage.get(MARK) as number | undefined;
  raft.lostIn = mark ?? (ctx.life > 1 ? ctx.life : 0);
  if (mark !== undefined) return;
  ctx.storage.set(MARK, raft.lostIn);
  if (raft.lostIn > 0) ctx.note('has lost its disk');
}

/** The leader says that the group has gone on without this server, which has caught up. */
export function onRejoin(raft: Raft, ctx: Ctx, from: NodeId, m: Rejoin): void {
  if (m.term !== raft.currentTerm || from !== raft.leader || m.life !== raft.lostIn) return;
  ctx.storage.set(MARK, 0);
  raft.lostIn = 0;
  ctx.note('may vote again');
}

/** As a leader: an answer that is not counted. */
export function onUncounted(raft: Raft, ctx: Ctx, follower: Progress, m: AppendEntriesReply): void {
  raft.matchIndex[follower.place] = 0;
  if (follower.barrier?.life !== m.lost && raft.transfer === null) {
    follower.barrier = { life: m.lost as number, index: append(raft, ctx, { type: 'no-op' }) };
    replicateToAll(raft, ctx);
  }
  const { barrier } = follower;
  if (!m.success || barrier === null || m.matchIndex < barrier.index) return;
  const others = raft.matchIndex.map(
    (index, place) => place !== follower.place && index >= barrier.index,
  );
  if (!raft.quorum.isMajority(others)) return;
  ctx.send(follower.id, { type: 'rejoin', term: raft.currentTerm, life: barrier.life });
}
