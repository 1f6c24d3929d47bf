/**
 * A snapshot that comes from the leader (Ongaro & Ousterhout 2014, Figure 13): the follower's half.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { adoptConfiguration } from './adoption.ts';
import { settleUnknown } from './answers.ts';
import { followLeader } from './follower.ts';
import type { InstallSnapshot, RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';
import { beginAfter, type Incoming, type Snapshot, writeSnapshot } from './snapshots.ts';
import { applyCommitted } from './state-machine.ts';

type Ctx = Context<RaftMessage>;

export function onInstallSnapshot(raft: Raft, ctx: Ctx, from: NodeId, m: InstallSnapshot): void {
  if (m.term < raft.currentTerm) return reply(raft, ctx, from, m, 0, false);
  followLeader(raft, ctx, from, m.term);
  // What it stands for has been applied already, or is about to be: to install it would go back.
  const past = m.lastIncludedIndex <= raft.commitIndex;
  if (past && raft.bug !== 'snapshot-behind-applied') return reply(raft, ctx, from, m, 0, true);
  const incoming = take(raft, m);
  if (!m.done || incoming.text.length !== m.offset + m.data.length) {
    return reply(raft, ctx, from, m, incoming.text.length, false);
  }
  raft.incoming = null;
  install(raft, ctx, JSON.parse(incoming.text) as Snapshot);
  reply(raft, ctx, from, m, incoming.text.length, true);
}

/** Adds a piece to what has come: the same one twice adds nothing, nor does one after a gap. */
function take(raft: Raft, m: InstallSnapshot): Incoming {
  let { incoming } = raft;
  if (incoming?.leaderTerm !== m.term || incoming.index !== m.lastIncludedIndex) {
    incoming = { leaderTerm: m.term, index: m.lastIncludedIndex, text: '' };
    raft.incoming = incoming;
  }
  if (m.offset === incoming.text.length) incoming.text += m.data;
  return incoming;
}

function install(raft: Raft, ctx: Ctx, snapshot: Snapshot): void {
  const { index, term } = snapshot;
  const hasIt = raft.log.termAt(index) === term && raft.bug !== 'snapshot-drops-suffix';
  if (hasIt && index > raft.commitIndex) {
    // Section 7: a prefix of its own log. What follows stays: it may have been acknowledged.
    raft.commitIndex = index;
    return applyCommitted(raft, ctx);
  }
  writeSnapshot(raft, ctx, snapshot);
  beginAfter(raft, snapshot);
  settleUnknown(raft, ctx, index);
  adoptConfiguration(raft, ctx);
  ctx.note('installs a snapshot', { index });
}

function reply(
  raft: Raft,
  ctx: Ctx,
  leader: NodeId,
  m: InstallSnapshot,
  received: number,
  installed: boolean,
): void {
  ctx.send(leader, {
    type: 'installSnapshotReply',
    term: raft.currentTerm,
    lastIncludedIndex: m.lastIncludedIndex,
    offset: m.offset,
    received,
    installed,
  });
}
