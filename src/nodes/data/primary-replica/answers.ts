/** Answers to clients, and who waits for one. */
import type { NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import type { Ctx } from './member.ts';
import type { ClientReply, ClientRequest } from './messages.ts';

/** Who asked, and the member that passed it on, if one did. */
export interface Asker {
  readonly origin: NodeId;
  readonly via: NodeId | null;
  readonly request: ClientRequest;
}

/** An answer without its address. */
export type Body =
  | { readonly type: 'read_ok'; readonly value: Plain }
  | { readonly type: 'write_ok' | 'cas_ok' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly text: string };

/** A client that waits until all up to a record is acknowledged. */
export interface Waiting extends Asker {
  readonly lsn: number;
  readonly body: Body;
  isAnswered: boolean;
}

/** What a session has seen of the store: the epoch of a record, and its LSN. */
export type SeenVersion = readonly [epoch: number, lsn: number];

/**
 * Back the way it came. What it rests on is on disks already. The version goes along as the context
 * of the session, so that a `session-proxy` can compare.
 */
export function answer(
  ctx: Ctx,
  { origin, via, request }: Asker,
  body: Body,
  version: SeenVersion | null = null,
): void {
  const reply = { ...body, inReplyTo: request.id } as ClientReply;
  const versioned = version === null ? reply : { ...reply, context: { version } };
  if (via === null) ctx.sendNow(origin, versioned);
  else ctx.sendNow(via, { type: 'forwardReply', origin, reply: versioned });
}

export function writeDone({ type }: ClientRequest): Body {
  return { type: type === 'cas' ? 'cas_ok' : 'write_ok' };
}
