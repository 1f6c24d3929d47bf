/**
 * A snapshot on its way to a follower, one piece at a time (Ongaro & Ousterhout 2014, Figure 13):
 * the leader's half. The next piece leaves when the one before was answered.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context } from '../../../sim/node.ts';
import type { RaftMessage } from './messages.ts';
import type { Progress, Sending } from './progress.ts';
import type { Raft } from './raft.ts';
import type { Snapshot } from './snapshots.ts';

type Ctx = Context<RaftMessage>;

/** The follower lacks entries that are gone: it gets the newest snapshot instead. */
export function beginSending(raft: Raft, ctx: Ctx, follower: Progress): void {
  const { snapshot } = raft;
  assert(snapshot !== null, 'a log is compacted only behind a snapshot');
  raft.snapshotText ??= JSON.stringify(snapshot);
  const { index, term } = snapshot as Snapshot;
  const text = raft.snapshotText;
  const patienceMs = firstPatienceMs(raft);
  follower.becomeSnapshot({ index, term, text, offset: 0, sentAtMs: 0, patienceMs });
  ctx.note('sends a snapshot', { to: follower.id, index });
  sendPiece(raft, ctx, follower);
}

export function firstPatienceMs(raft: Raft): number {
  return raft.settings.electionMaxMs;
}

export function sendPiece(raft: Raft, ctx: Ctx, follower: Progress): void {
  const sending = follower.sending as Sending;
  const end = sending.offset + raft.settings.snapshotChunk;
  sending.sentAtMs = ctx.elapsed();
  ctx.sendNow(follower.id, {
    type: 'installSnapshot',
    term: raft.currentTerm,
    lastIncludedIndex: sending.index,
    lastIncludedTerm: sending.term,
    offset: sending.offset,
    data: sending.text.slice(sending.offset, end),
    done: end >= sending.text.length,
  });
}

/** At each heartbeat: a piece that is overdue is sent again. */
export function resendPiece(raft: Raft, ctx: Ctx, follower: Progress): void {
  const { sending } = follower;
  if (sending === null || ctx.elapsed() - sending.sentAtMs < sending.patienceMs) return;
  sending.patienceMs *= 2;
  sendPiece(raft, ctx, follower);
}
