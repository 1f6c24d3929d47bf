/**
 * Client interaction (Ongaro & Ousterhout 2014, section 8; Ongaro's thesis, sections 6.2 to 6.4).
 *
 * Updates go through the log, and so do reads unless `reads:` says otherwise. A server that does
 * not lead passes a request on to the leader it knows, once: what was passed on is never passed on
 * again, so there are no loops. A server that knows no leader refuses at once instead of keeping
 * requests: whether and when to try again is for the client to say, who knows its deadline.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { type Asker, answer, type ForwardReply, refuse } from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { awaitEntry, outcomeReply } from './answers.ts';
import type { Forward, RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';
import { answerHere, readAsFollower, readAsLeader } from './reads.ts';
import { append, replicateSoon } from './replication.ts';

type Ctx = Context<RaftMessage>;

export function onRequest(raft: Raft, ctx: Ctx, from: NodeId, request: MachineRequest): void {
  const asker: Asker = { origin: from, via: null, requestId: request.id };
  if (!raft.commands.has(request.type)) {
    return refuse(ctx, asker, 'not-supported', notServed(request));
  }
  if (wasHere(raft, from, request)) return;
  if (raft.role === 'leader') return serve(raft, ctx, asker, request);
  const isRead = raft.settings.reads !== 'log' && raft.machine.isRead(request.type);
  if (isRead && raft.settings.reads === 'local') return readNow(raft, ctx, asker, request);
  const { leader } = raft;
  if (leader === null) {
    return refuse(ctx, asker, 'temporarily-unavailable', 'no leader is known');
  }
  if (!raft.settings.forward) {
    return refuse(ctx, asker, 'temporarily-unavailable', `the leader is ${leader}`);
  }
  if (isRead && raft.settings.reads === 'read-index') {
    const command = raft.commands.of(request);
    if (command !== null) return readAsFollower(raft, ctx, asker, command);
  }
  // With `sendNow`: to pass something on promises nothing.
  ctx.sendNow(leader, { type: 'forward', term: raft.currentTerm, origin: from, request });
}

/**
 * Who passed it on believed that this server leads in `m.term`. If that was before its last boot,
 * it may have served a copy of this very message in its earlier life:
 *   1. The network doubles a forward. The leader appends the first copy, sends the entry out,
 *      crashes and reboots.
 *   2. The second copy arrives. To refuse it for good, or to append it and see *that* entry
 *      overwritten, would say "did not happen" of what the first copy's entry may still make
 *      happen.
 */
export function onForward(raft: Raft, ctx: Ctx, from: NodeId, m: Forward): void {
  if (wasHere(raft, m.origin, m.request)) return;
  const asker: Asker = { origin: m.origin, via: from, requestId: m.request.id };
  if (m.term <= raft.bootTerm) {
    return refuse(
      ctx,
      asker,
      'crash',
      'the leader has restarted; it may have been appended before',
    );
  }
  if (raft.role === 'leader') return serve(raft, ctx, asker, m.request);
  // Definite: it was not appended here, and the one who passed it on does so only once.
  refuse(ctx, asker, 'temporarily-unavailable', 'not the leader any more');
}

export function onForwardReply(_raft: Raft, ctx: Ctx, m: ForwardReply): void {
  ctx.sendNow(m.origin, m.reply);
}

/** Whether this is the second copy of a message. */
function wasHere(raft: Raft, origin: NodeId, request: MachineRequest): boolean {
  return raft.bug !== 'no-dedup' && raft.duplicates.seen(origin, request);
}

/**
 * As leader: answers a retry from the sessions, else appends the command and waits for it to be
 * applied.
 */
function serve(raft: Raft, ctx: Ctx, asker: Asker, request: MachineRequest): void {
  const command = raft.commands.of(request);
  if (command === null) return refuse(ctx, asker, 'not-supported', notServed(request));
  if (raft.machine.isRead(command.type)) {
    // The bug: a leader that was deposed, and has not heard of it, answers with the past.
    if (raft.bug === 'local-reads' || raft.settings.reads === 'local') {
      return answerHere(raft, ctx, asker, command);
    }
    if (raft.settings.reads !== 'log') return readAsLeader(raft, ctx, { asker, command });
  } else if (request.attempt > 1 && raft.bug !== 'no-dedup') {
    const outcome = raft.sessions.find(command);
    if (outcome !== null) {
      return answer(ctx, asker, outcomeReply(raft, asker.requestId, command, outcome));
    }
  }
  if (raft.log.lastIndex - raft.commitIndex >= raft.settings.uncommittedMax) {
    return refuse(ctx, asker, 'overloaded', 'too many entries wait to be committed');
  }
  if (raft.transfer !== null) {
    return refuse(ctx, asker, 'temporarily-unavailable', 'leadership is being handed over');
  }
  const index = appendOrRefuse(raft, ctx, asker, command, request.attempt > 1);
  if (index === null) return;
  awaitEntry(raft, index, asker);
  replicateSoon(raft, ctx);
}

/** The index of the new entry; null if the disk is full, and the client knows. */
function appendOrRefuse(
  raft: Raft,
  ctx: Ctx,
  asker: Asker,
  command: Command,
  retry: boolean,
): number | null {
  try {
    return append(raft, ctx, command, retry);
  } catch (error) {
    if (!raft.bearsFullDisk(error)) throw error;
    refuse(ctx, asker, 'overloaded', 'the disk of the leader is full');
    throw error;
  }
}

/** Reads are not ordered with anything: what is here is the answer. */
function readNow(raft: Raft, ctx: Ctx, asker: Asker, request: MachineRequest): void {
  const command = raft.commands.of(request);
  if (command !== null) answerHere(raft, ctx, asker, command);
}

function notServed({ type }: MachineRequest): string {
  return `raft does not serve ${type}`;
}
