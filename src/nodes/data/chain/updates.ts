/**
 * Updates on their way from the head to the tail, and acknowledgements on their way back.
 *
 * Each member shows its predecessor at every heartbeat what it has, and gets what is missing: after
 * a member in the middle died (section 3.3 of the paper), after a message was lost, after a crash
 * that was too short to be noticed.
 */
import type { NodeId } from '../../../sim/node.ts';
import { answerDone } from './answers.ts';
import type { Ctx, Member } from './member.ts';
import type { Acked, Copy, Forwarded, Resume, Update } from './messages.ts';

/** A new update at the head. */
export function enter(member: Member, ctx: Ctx, update: Update): void {
  member.store.take(update);
  passOn(member, ctx, [update]);
  settle(member, ctx);
  // The bug: the head does not wait for the tail.
  if (member.bug === 'ack-at-head') answerDone(ctx, update);
}

function passOn(member: Member, ctx: Ctx, updates: readonly Update[]): void {
  const { epoch } = member.configuration;
  const { successor, joiner, isTail } = member;
  const next = successor ?? (isTail ? joiner : null);
  // `send` waits for the disk: what a successor has, its predecessor has for good.
  const after = (updates[0]?.n ?? 1) - 1;
  if (next !== null) ctx.send(next, { type: 'forwarded', epoch, after, updates });
}

export function onForwarded(member: Member, ctx: Ctx, from: NodeId, m: Forwarded): void {
  if (!member.isOfNow(m.epoch)) return;
  const { position, hasCopy } = member;
  const isJoining = position === 'joining';
  if (from !== member.predecessor || position === 'out' || (isJoining && !hasCopy)) return;
  if (m.after > member.store.last) return showLinks(member, ctx);
  const taken: Update[] = [];
  for (const update of m.updates) {
    if (update.n !== member.store.last + 1) continue;
    member.store.take(update);
    taken.push(update);
  }
  if (isJoining) return;
  // There was no gap, so all has come that the predecessor had when it stopped being the tail.
  member.activate(ctx);
  if (taken.length > 0) passOn(member, ctx, taken);
  settle(member, ctx);
}

/** At the tail whatever is there is done: it is answered, and those before it hear of it. */
export function settle(member: Member, ctx: Ctx): void {
  const { store } = member;
  if (member.isTail && member.isActive) {
    // `send` waits for the disk before it answers.
    for (const update of store.acknowledge(store.last)) answerDone(ctx, update);
    sendAcked(member, ctx);
  }
  const pending = store.pending.length;
  if (pending !== member.pendingShown) ctx.measure('pending', pending);
  member.pendingShown = pending;
}

function sendAcked(member: Member, ctx: Ctx): void {
  const { predecessor, configuration, store } = member;
  if (predecessor === null) return;
  ctx.send(predecessor, { type: 'acked', epoch: configuration.epoch, n: store.acked });
}

export function onAcked(member: Member, ctx: Ctx, m: Acked): void {
  if (!member.isOfNow(m.epoch) || member.isTail) return;
  if (member.store.acknowledge(m.n).length > 0) sendAcked(member, ctx);
  settle(member, ctx);
}

/** At each heartbeat, and when the chain has changed. */
export function showLinks(member: Member, ctx: Ctx): void {
  const { predecessor, configuration, store, position } = member;
  if (predecessor === null || position === 'out') return;
  const n = position === 'joining' && !member.hasCopy ? -1 : store.last;
  ctx.sendNow(predecessor, { type: 'resume', epoch: configuration.epoch, n });
  if (member.isTail && member.isActive) sendAcked(member, ctx);
}

/** The successor lacks what comes after this one. It hears at least that there is nothing. */
export function onResume(member: Member, ctx: Ctx, from: NodeId, m: Resume): void {
  if (!member.isOfNow(m.epoch)) return;
  const isJoiner = member.isTail && member.isActive && from === member.joiner;
  if (from !== member.successor && !isJoiner) return;
  const missing = m.n < 0 ? null : member.store.after(m.n);
  // It is a joiner, or has been one until just now and is too far behind.
  if (missing === null) return sendCopy(member, ctx, from);
  // The bug: whatever was lost with the member in between stays lost.
  if (member.bug === 'skip-resend' && missing.length > 0) return;
  if (missing.length > 0) ctx.measure('resent', missing.length);
  const { epoch } = member.configuration;
  ctx.send(from, { type: 'forwarded', epoch, after: m.n, updates: missing });
}

function sendCopy(member: Member, ctx: Ctx, to: NodeId): void {
  ctx.note('copies to', { node: to });
  ctx.send(to, member.store.copy(member.configuration.epoch));
}

export function onCopy(member: Member, ctx: Ctx, m: Copy): void {
  if (!member.isOfNow(m.epoch) || member.isActive || m.n < member.store.last) return;
  if (member.position === 'out') return;
  member.store.restore(m);
  ctx.storage.set('member', true);
  member.isBlank = false;
  member.hasCopy = true;
  showLinks(member, ctx);
}
