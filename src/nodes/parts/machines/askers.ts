/**
 * Who asked a replicated machine, and how the answer goes back.
 *
 * A client may ask any member. One that does not lead passes the request on to the leader, and the
 * answer comes back through it. The answer names the client, so the member in between has nothing
 * to remember.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Message, NodeId } from '../../../sim/node.ts';
import type { ErrorCode, ErrorReply } from '../../../sim/rpc.ts';
import type { MachineReply } from './kinds.ts';

export type ClientReply = MachineReply | ErrorReply;

/** Who asked, and the member that passed it on, if one did. */
export interface Asker {
  readonly origin: NodeId;
  readonly via: NodeId | null;
  readonly requestId: number;
}

/** An answer on its way back through the member that passed the request on. */
export interface ForwardReply extends Message {
  readonly type: 'forwardReply';
  readonly origin: NodeId;
  readonly reply: ClientReply;
}

/** The context of any member that answers and passes on. */
interface Sender {
  sendNow(to: NodeId, message: ClientReply | ForwardReply): void;
}

/** What the machine answered, addressed to a request. */
export function replyOf(requestId: number, body: ReplyBody): ClientReply {
  return Object.assign({ type: body.type, inReplyTo: requestId }, body) as ClientReply;
}

/**
 * Back the way it came. With `sendNow`: what an answer rests on is on the disks of a majority, so
 * it need not wait for what this member's disk happens to be writing.
 */
export function answer(ctx: Sender, asker: Asker, reply: ClientReply): void {
  if (asker.via === null) ctx.sendNow(asker.origin, reply);
  else ctx.sendNow(asker.via, { type: 'forwardReply', origin: asker.origin, reply });
}

/** Answers with an error. */
export function refuse(ctx: Sender, asker: Asker, code: ErrorCode, text: string): void {
  answer(ctx, asker, { type: 'error', inReplyTo: asker.requestId, code, text });
}
