/**
 * Answers to producers and consumers, each back the way its request came, and those that wait until
 * their record is safe enough.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import type { Asker } from '../../parts/machines/askers.ts';
import type { LogContext, LogReply } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** An answer that waits until its record is safe enough. */
export interface Waiting {
  readonly record: number;
  /** `leader`: on the disk of the leader; `all`: on those of a majority. */
  readonly acks: 'leader' | 'all';
  answer(ctx: LogContext): void;
  refuse(ctx: LogContext, code: ErrorCode, text: string): void;
}

export function answerWaiting(member: ReplicatedLog, ctx: LogContext): void {
  const { highWater, synced } = member;
  const isSafe = ({ acks, record }: Waiting) => record < (acks === 'all' ? highWater : synced);
  const safe = member.waiting.filter(isSafe);
  if (safe.length === 0) return;
  member.waiting = member.waiting.filter((waiting) => !isSafe(waiting));
  for (const waiting of safe) waiting.answer(ctx);
}

/** With `sendNow`: what the answer rests on is as safe as it has to be. */
export function answer(ctx: LogContext, { origin, via, requestId }: Asker, body: ReplyBody): void {
  const reply = Object.assign({ type: body.type, inReplyTo: requestId }, body) as LogReply;
  if (via === null) ctx.sendNow(origin, reply);
  else ctx.sendNow(via, { type: 'forwarded', origin, reply });
}

export function refuse(ctx: LogContext, asker: Asker, code: ErrorCode, text: string): void {
  answer(ctx, asker, { type: 'error', code, text });
}
