/**
 * Who waits for which slot, and what they may be answered.
 *
 * A value is proposed for one slot, and for no other. So when that slot is chosen there are two
 * ways: it is this value, also if a later leader has proposed it again, and the answer is its
 * outcome; or it is another one, and this one was not executed and never will be. Until then
 * nothing may be said: a member may have it, and a later leader may find it there.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import type { ErrorCode, ErrorReply } from '../../../sim/rpc.ts';
import type { Ballot, ClientReply, MultiPaxosMessage, Value } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

type Ctx = Context<MultiPaxosMessage>;

/** Who asked, and the member that passed it on, if one did. */
export interface Asker {
  readonly origin: NodeId;
  readonly via: NodeId | null;
  readonly requestId: number;
}

/** A request proposed for some slot, first in this ballot. */
export interface Pending extends Asker {
  readonly made: Ballot;
  /** Proposed for the same slot in an earlier ballot of this member. */
  readonly older: Pending | null;
}

/** A slot is applied with this value; null: it was skipped by a snapshot. */
export function settle(
  paxos: MultiPaxos,
  ctx: Ctx,
  slot: number,
  value: Value | null,
  outcome: ReplyBody | null,
): void {
  let waiting = paxos.pending.get(slot) ?? null;
  paxos.pending.delete(slot);
  for (; waiting !== null; waiting = waiting.older) {
    const { requestId, made } = waiting;
    if (value === null) {
      answer(ctx, waiting, errorReply(requestId, 'crash', 'a snapshot has skipped its slot'));
    } else if (value.made === made && outcome !== null) {
      answer(ctx, waiting, replyOf(requestId, outcome));
    } else {
      answer(ctx, waiting, errorReply(requestId, 'abort', 'another value was chosen for its slot'));
    }
  }
}

export function replyOf(requestId: number, body: ReplyBody): ClientReply {
  return Object.assign({ type: body.type, inReplyTo: requestId }, body) as ClientReply;
}

export function errorReply(requestId: number, code: ErrorCode, text: string): ErrorReply {
  return { type: 'error', inReplyTo: requestId, code, text };
}

/** Back the way it came. What an answer rests on is on the disks of a majority. */
export function answer(ctx: Ctx, asker: Asker, reply: ClientReply): void {
  if (asker.via === null) ctx.sendNow(asker.origin, reply);
  else ctx.sendNow(asker.via, { type: 'forwardReply', origin: asker.origin, reply });
}
