/**
 * What a server finds on its disk as it boots (Ongaro & Ousterhout 2014, section 5.5 and 7), and
 * what it does if that is damaged.
 *
 * A torn entry at the end was never durable, so nobody was promised it, and it may go. A damaged
 * one in the midst was, and so may all that follow it have been: a server that cuts them off like a
 * torn end has forgotten what it acknowledged, and elects leaders that lack it (Alagappan et al.
 * 2018, "Protocol-Aware Recovery for Consensus-Based Storage"). With `on-corrupt-log: repair` it
 * cuts them off, writes down how far it had been, and has no vote until its log is a leader's again
 * up to there. It acknowledges meanwhile: what it has it has.
 */
import type { Context } from '../../../sim/node.ts';
import { adoptConfiguration } from './adoption.ts';
import { RaftLog } from './log.ts';
import { lookForMark } from './lost-disk.ts';
import type { RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';
import { loadSnapshot, resume } from './snapshots.ts';

type Ctx = Context<RaftMessage>;

/** Reads snapshot and log. Throws StorageError if they are damaged and not to be repaired. */
export function recover(raft: Raft, ctx: Ctx): void {
  const { settings, bug } = raft;
  const snapshot = loadSnapshot(ctx.storage);
  raft.log = new RaftLog(ctx.storage, {
    index: snapshot?.configurationIndex ?? 0,
    configuration: snapshot?.configuration ?? raft.initial,
    cutDamaged: settings.onCorruptLog === 'repair' || bug === 'cut-damaged-tail',
  });
  const { log } = raft;
  if (log.wasTorn) ctx.note('drops a torn entry', { index: log.lastIndex + 1 });
  raft.damagedUpTo = (ctx.storage.get('damaged') as number | undefined) ?? 0;
  if (log.damaged > 0) noteDamage(raft, ctx);
  lookForMark(raft, ctx);
  raft.snapshotDueIndex = settings.snapshotEvery === 0 ? Infinity : settings.snapshotEvery;
  if (snapshot !== null) resume(raft, snapshot);
  adoptConfiguration(raft, ctx);
  if (bug === 'lease-ignores-reboot') raft.heardLeaderAtMs = -Infinity;
}

/** The log was cut: what is gone may have been acknowledged. */
function noteDamage(raft: Raft, ctx: Ctx): void {
  const { lastIndex, damaged } = raft.log;
  ctx.note('cuts a damaged log', { from: lastIndex + 1, to: lastIndex + damaged });
  // The bug: as if the end had been torn, which nobody had ever been promised.
  if (raft.bug === 'cut-damaged-tail') return;
  raft.damagedUpTo = Math.max(raft.damagedUpTo, lastIndex + damaged);
  ctx.storage.set('damaged', raft.damagedUpTo);
}

/** The log is a leader's up to this index: if that is all that it had promised, it votes again. */
export function noteRepaired(raft: Raft, ctx: Ctx, index: number): void {
  if (index < raft.damagedUpTo) return;
  raft.damagedUpTo = 0;
  ctx.storage.delete('damaged');
  ctx.note('log is repaired', { index });
}
