/**
 * How a member without a disk gets its memory back (Liskov, Cowling 2012, section 4.3): from f + 1
 * others, among them the primary of the latest view that they know of. No other member can have
 * relied on anything else that it has forgotten, except for one thing: that it had given its log to
 * the primary of a later view. So it takes no view before the one that it has written down.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Recovery, RecoveryResponse, ViewContext } from './messages.ts';
import { adopt } from './normal.ts';
import type { Viewstamped } from './viewstamped.ts';

/** Asks, and asks again. */
export function beginRecovery(vr: Viewstamped, ctx: ViewContext): void {
  if (vr.status !== 'recovering') vr.setStatus(ctx, 'recovering');
  // A life asks one question.
  for (const to of vr.others) ctx.sendNow(to, { type: 'recovery', nonce: ctx.life });
  ctx.setTimer('recovery', vr.given['view-timeout'].minMs);
}

/** Who changes the view does not know what is committed in it, and says nothing. */
export function onRecovery(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: Recovery): void {
  if (vr.status !== 'normal') return;
  const { view, commit, journal, isPrimary } = vr;
  const log = isPrimary ? journal.after(0) : null;
  ctx.sendNow(from, { type: 'recoveryResponse', nonce: m.nonce, view, log, commit });
}

export function onRecoveryResponse(
  vr: Viewstamped,
  ctx: ViewContext,
  from: NodeId,
  m: RecoveryResponse,
): void {
  if (vr.status !== 'recovering' || m.nonce !== ctx.life) return;
  const known = vr.responses.get(from);
  if (known === undefined || m.view >= known.view) vr.responses.set(from, m);
  if (vr.responses.size < vr.quorum) return;
  const view = [...vr.responses.values()].reduce((latest, one) => Math.max(latest, one.view), 0);
  const primary = vr.responses.get(vr.primaryOf(view));
  if (view < vr.view || primary === undefined || primary.view !== view) return;
  if (primary.log === null) return;
  vr.responses.clear();
  ctx.cancelTimer('recovery');
  adopt(vr, ctx, view, primary.log);
  ctx.note('has recovered', { view, op: vr.journal.last });
  vr.execute(ctx, primary.commit);
}
