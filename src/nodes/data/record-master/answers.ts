/** Answers to clients, with the version that they rest on as the context of the session. */
import type { NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import {
  type ClientReply,
  type ClientRequest,
  type Ctx,
  UNWRITTEN,
  type Version,
} from './messages.ts';

/** Who asked, and the member that it asked. */
export interface Asker {
  readonly origin: NodeId;
  readonly via: NodeId;
  readonly request: ClientRequest;
}

/** An answer without its address. */
type Body =
  | { readonly type: 'read_ok'; readonly value: Plain }
  | { readonly type: 'write_ok' | 'cas_ok' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly text: string };

/** The most records that a context names: those used last. */
const KEYS_MAX = 64;

type Seen = { readonly [key: string]: Version };

/** The version of a record that the session of a request has seen. */
export function seenVersion(context: Plain | undefined, key: string): Version {
  const seen = seenIn(context);
  return Object.hasOwn(seen, key) ? (seen[key] ?? UNWRITTEN) : UNWRITTEN;
}

function seenIn(context: Plain | undefined): Seen {
  const isMap = typeof context === 'object' && context !== null && !Array.isArray(context);
  return isMap ? (context as unknown as Seen) : {};
}

/** Waits for the disk, and goes back the way the request came. */
export function answer(
  ctx: Ctx,
  { origin, via, request }: Asker,
  body: Body,
  version: Version | null,
): void {
  const reply = { ...body, inReplyTo: request.id } as ClientReply;
  const full = version === null ? reply : { ...reply, context: withSeen(request, version) };
  if (via === ctx.self) ctx.send(origin, full);
  else ctx.send(via, { type: 'forwardReply', origin, reply: full });
}

function withSeen({ context, key }: ClientRequest, version: Version): Plain {
  const others = Object.entries(seenIn(context)).filter(([other]) => other !== key);
  return Object.fromEntries([...others.slice(1 - KEYS_MAX), [key, version]]) as unknown as Plain;
}

export function refuse(
  ctx: Ctx,
  asker: Asker,
  code: ErrorCode,
  text: string,
  version: Version | null = null,
): void {
  answer(ctx, asker, { type: 'error', code, text }, version);
}
