/** Answers to clients, straight from the member that serves them, as in the paper. */
import type { NodeId } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import type { Ctx } from './member.ts';
import type { ClientReply, Update } from './messages.ts';

export function answerDone(ctx: Ctx, { origin, requestId, kind }: Update): void {
  const inReplyTo = requestId;
  if (kind === 'refused') {
    const text = 'the value is another';
    ctx.send(origin, { type: 'error', inReplyTo, code: 'precondition-failed', text });
  } else ctx.send(origin, { type: `${kind}_ok`, inReplyTo } as ClientReply);
}

export function refuse(
  ctx: Ctx,
  to: NodeId,
  inReplyTo: number,
  text: string,
  code: ErrorCode = 'temporarily-unavailable',
): void {
  ctx.sendNow(to, { type: 'error', inReplyTo, code, text });
}
