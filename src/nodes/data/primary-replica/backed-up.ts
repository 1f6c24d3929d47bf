/**
 * A primary that is backed up: it gives copies in parts while writes go on, and the log from where
 * a copy began; and it begins again with what a backup has.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { CopyRequest, LogRequest, Restore } from '../../parts/backup-messages.ts';
import type { Ctx, Member } from './member.ts';
import { beginAnew } from './succession.ts';

const ENTRIES_MAX = 64;
const RECORDS_MAX = 256;

export function onCopyRequest(member: Member, ctx: Ctx, from: NodeId, m: CopyRequest): void {
  if (member.role !== 'primary') return;
  const { log, epoch: term } = member;
  const { lsn, lastEpoch: epoch, entries: all } = log.snapshot(term);
  const entries = all.slice(m.from, m.from + ENTRIES_MAX);
  ctx.send(from, { ...m, type: 'copyPart', entries, total: all.length, lsn, epoch, term });
}

export function onLogRequest(member: Member, ctx: Ctx, from: NodeId, m: LogRequest): void {
  if (member.role !== 'primary') return;
  const { log, durable } = member;
  const isGap = m.after < log.start || log.epochAt(m.after) !== m.epoch;
  const first = Math.max(m.after, log.start) + 1;
  const count = Math.max(0, Math.min(RECORDS_MAX, durable - first + 1));
  const records = log.from(first, count).map((record, i) => ({ lsn: first + i, ...record }));
  const isMore = first + count <= durable;
  ctx.send(from, { type: 'logPart', after: m.after, records, isMore, isGap });
}

/** Takes the place of whatever it has. It is asked again until its answer has come. */
export function onRestore(member: Member, ctx: Ctx, from: NodeId, m: Restore): void {
  if (member.restored !== m.id) {
    member.restored = m.id;
    beginAnew(member, ctx, m);
  }
  ctx.send(from, { type: 'restored', id: m.id });
}
