/** What gossiping nodes say to each other. */
import type broadcast from '../../../interfaces/broadcast.ts';
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/** When and where a key was written: the later one wins, at equal times the later name. */
export type Stamp = readonly [timeMs: number, node: NodeId];

/**
 * A message that was broadcast, without a stamp; or the value of a key, null once it is deleted.
 */
export type Item = readonly [id: string, value: Plain, stamp: Stamp | null];

/** What a node has: by the names and stamps of its items, or by a hash of each. */
export type Digest =
  | { readonly items: readonly (readonly [id: string, stamp: Stamp | null])[] }
  | { readonly hashes: readonly number[] };

export interface Push extends Message {
  readonly type: 'push';
  readonly items: readonly Item[];
}
/** Asks for what the sender lacks; without a digest, for what the receiver finds new. */
export interface Pull extends Message {
  readonly type: 'pull';
  readonly digest: Digest | null;
}
/** Both at once. */
export interface PushPull extends Message {
  readonly type: 'push-pull';
  readonly items: readonly Item[];
  readonly digest: Digest | null;
}
export interface Pulled extends Message {
  readonly type: 'pulled';
  readonly items: readonly Item[];
}
/** Which items that somebody sent were of use; with `stop: feedback`. */
export interface Feedback extends Message {
  readonly type: 'feedback';
  readonly useful: readonly string[];
  readonly useless: readonly string[];
}

export type GossipMessage =
  | Push
  | Pull
  | PushPull
  | Pulled
  | Feedback
  | RequestOf<typeof broadcast>
  | ReplyOf<typeof broadcast>
  | RequestOf<typeof register>
  | ReplyOf<typeof register>
  | ErrorReply;
export type GossipContext = Context<GossipMessage>;
