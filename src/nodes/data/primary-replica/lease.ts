/** The lease under which a watched primary serves (Gray & Cheriton 1989). */
import type { Ctx, Member } from './member.ts';

/** Whether it may serve as primary now. */
export function holdsLease(member: Member, ctx: Ctx): boolean {
  if (member.candidacy !== null && member.bug !== 'serves-past-lock') {
    return member.candidacy.lock.heldToken(ctx) === member.epoch;
  }
  if (member.shared !== null) return member.shared.isHeld(ctx);
  return !member.isLeased || ctx.elapsed() < member.leaseUntilMs;
}

/** Notes the moment in which a lease is over. */
export function checkLease(member: Member, ctx: Ctx): void {
  const holds = holdsLease(member, ctx);
  if (member.hadLease && !holds) ctx.note('loses its lease');
  member.hadLease = holds;
}
