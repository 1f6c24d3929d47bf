/** What replicas that compare themselves by hash trees say to each other. */
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { NodeHash } from '../../parts/merkle-tree.ts';

/** The value of a key, null once it is deleted, and when and where that was written. */
export type Entry = readonly [key: string, value: Plain, timeMs: number, node: NodeId];

/** A write, as it is made. */
export interface Copy extends Message {
  readonly type: 'copy';
  readonly entry: Entry;
}
/** Hashes of nodes of one level; answered by the next level of those that differ, or by `range`. */
export interface Compare extends Message {
  readonly type: 'compare';
  readonly level: number;
  readonly hashes: readonly NodeHash[];
  readonly bytes: number;
}
/** All entries below some nodes; answered by `repair` with what is newer or more there. */
export interface Range extends Message {
  readonly type: 'range';
  /** The level of the nodes; absent: they are leaves. */
  readonly level?: number;
  readonly leaves: readonly number[];
  readonly entries: readonly Entry[];
}
export interface Repair extends Message {
  readonly type: 'repair';
  readonly entries: readonly Entry[];
}

export type MerkleMessage =
  | Copy
  | Compare
  | Range
  | Repair
  | RequestOf<typeof register>
  | ReplyOf<typeof register>
  | ErrorReply;
export type MerkleContext = Context<MerkleMessage>;

export function isLater(a: Entry, b: Entry): boolean {
  return a[2] !== b[2] ? a[2] > b[2] : a[3] > b[3];
}
