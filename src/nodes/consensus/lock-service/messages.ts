/** What a server says besides the messages of Raft: watches that fire, and caches. */
import type { Message } from '../../../sim/node.ts';
import type { RaftMessage } from '../raft/messages.ts';

/** Numbered by source and lease, from 1; a source is one life of a server. */
export interface Event extends Message {
  readonly type: 'event';
  readonly lease: string;
  readonly source: string;
  readonly number: number;
  readonly revision: number;
  readonly path: string;
  readonly of: 'data' | 'children';
  readonly what: 'created' | 'changed' | 'deleted' | 'children';
}

/** The leader is about to change a node, and the client's answer. */
export interface Invalidate extends Message {
  readonly type: 'invalidate' | 'invalidated';
  readonly lease: string;
  /** `data /a`: what was read of which node. */
  readonly what: readonly string[];
  readonly number: number;
}

export type LockServiceMessage = RaftMessage | Event | Invalidate;
