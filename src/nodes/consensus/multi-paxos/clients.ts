/**
 * Requests of clients: proposed by the leader, passed on to it by the others, once. What finds the
 * window full waits. A member that knows no leader refuses at once and keeps nothing.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import {
  type Asker,
  answer,
  type ForwardReply,
  refuse,
  replyOf,
} from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import { begin, mayBegin } from './leader.ts';
import type { Forward, MultiPaxosMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { holdsLease } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

export function onRequest(
  paxos: MultiPaxos,
  ctx: Ctx,
  from: NodeId,
  request: MachineRequest,
): void {
  const asker: Asker = { origin: from, via: null, requestId: request.id };
  if (!paxos.commands.has(request.type)) {
    return refuse(ctx, asker, 'not-supported', `multi-paxos does not serve ${request.type}`);
  }
  if (wasHere(paxos, from, request)) return;
  if (paxos.role === 'leader') return serve(paxos, ctx, asker, request);
  const { leader } = paxos;
  if (leader === null) return refuse(ctx, asker, 'temporarily-unavailable', 'no leader is known');
  if (!paxos.settings.forward) {
    return refuse(ctx, asker, 'temporarily-unavailable', `the leader is ${leader}`);
  }
  ctx.sendNow(leader, { type: 'forward', ballot: paxos.promised, origin: from, request });
}

/**
 * A second copy of a forward that an earlier life of this leader has served must not be refused for
 * good: the value of the first copy may be chosen yet.
 */
export function onForward(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Forward): void {
  if (wasHere(paxos, m.origin, m.request)) return;
  const asker: Asker = { origin: m.origin, via: from, requestId: m.request.id };
  if (m.ballot <= paxos.bootBallot) {
    return refuse(
      ctx,
      asker,
      'crash',
      'the leader has restarted; it may have been proposed before',
    );
  }
  if (paxos.role === 'leader') return serve(paxos, ctx, asker, m.request);
  refuse(ctx, asker, 'temporarily-unavailable', 'not the leader any more');
}

export function onForwardReply(ctx: Ctx, m: ForwardReply): void {
  ctx.sendNow(m.origin, m.reply);
}

/** Whether this is the second copy of a message. */
function wasHere(paxos: MultiPaxos, origin: NodeId, request: MachineRequest): boolean {
  return paxos.bug !== 'no-dedup' && paxos.duplicates.seen(origin, request);
}

function serve(paxos: MultiPaxos, ctx: Ctx, asker: Asker, request: MachineRequest): void {
  const command = paxos.commands.of(request);
  if (command === null)
    return refuse(ctx, asker, 'not-supported', `not a request: ${request.type}`);
  const { once, settings, bug } = paxos;
  if (once.machine.isRead(command.type)) {
    if (mayReadNow(paxos, ctx)) {
      ctx.measure('lease-reads');
      return answer(ctx, asker, replyOf(asker.requestId, once.machine.apply(command)));
    }
  } else if (request.attempt > 1 && bug !== 'no-dedup') {
    const outcome = once.find(command);
    if (outcome !== null) return answer(ctx, asker, replyOf(asker.requestId, outcome));
  }
  if (paxos.backlog.length > 0 || !mayBegin(paxos)) {
    if (paxos.backlog.length >= settings.backlogMax) {
      return refuse(ctx, asker, 'overloaded', 'too many requests wait for room in the window');
    }
    const { timeoutMs } = request;
    const untilMs = timeoutMs === null ? Infinity : ctx.elapsed() + timeoutMs;
    paxos.backlog.push({ asker, command, untilMs });
    return;
  }
  begin(paxos, ctx, asker, command);
}

/**
 * With a lease nobody else leads; what earlier leaders may have acknowledged is applied once the
 * slots taken over are.
 */
function mayReadNow(paxos: MultiPaxos, ctx: Ctx): boolean {
  if (paxos.bug === 'local-reads') return true;
  return holdsLease(paxos, ctx) && paxos.chosen >= paxos.takenOver;
}
