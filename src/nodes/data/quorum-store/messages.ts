/** What the nodes of a quorum store say to each other. Nothing that was sent is ever changed. */
import type register from '../../../interfaces/register.ts';
import type set from '../../../interfaces/set.ts';
import type siblings from '../../../interfaces/siblings.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Message, NodeId } from '../../../sim/node.ts';
import type { ErrorReply, Reply } from '../../../sim/rpc.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { RingView } from './membership.ts';

/** It is alive; with what it knows of the ring, if that has ever changed. */
export interface Ping extends Message {
  readonly type: 'ping';
  readonly ring?: RingView;
}

/** Give the keys that I get from you as I join: by this ring, in case you do not know it yet. */
export interface WantStream extends Message {
  readonly type: 'wantStream';
  readonly ring: RingView;
}

/** Keys that the sender gives up, all that the receiver gets of them. */
export interface Stream extends Message {
  readonly type: 'stream';
  readonly entries: readonly (readonly [key: string, set: SiblingSet])[];
}

/** They are on disk. */
export interface StreamTaken extends Message {
  readonly type: 'streamTaken';
}

/** This node is dead and leaves: give what you have of its keys to those that get them. */
export interface HandOn extends Message {
  readonly type: 'handOn';
  readonly ring: RingView;
  readonly node: NodeId;
}

/** All have taken what the sender had. */
export interface HandedOn extends Message {
  readonly type: 'handedOn';
  readonly node: NodeId;
}

/** Merge this into your copy; or keep it for `hintFor`, which is silent. */
export interface Store extends Message {
  readonly type: 'store';
  readonly op: number;
  readonly key: string;
  readonly set: SiblingSet;
  readonly hintFor: NodeId | null;
}

/** It is on disk. */
export interface Stored extends Message {
  readonly type: 'stored';
  readonly op: number;
}

export interface Fetch extends Message {
  readonly type: 'fetch';
  readonly op: number;
  readonly key: string;
}

export interface Fetched extends Message {
  readonly type: 'fetched';
  readonly op: number;
  readonly set: SiblingSet;
}

/** A hint comes home. */
export interface Handoff extends Message {
  readonly type: 'handoff';
  readonly key: string;
  readonly set: SiblingSet;
  /** The holder's number of the hint: it may have become more meanwhile. */
  readonly hint: number;
}

export interface HandoffDone extends Message {
  readonly type: 'handoffDone';
  readonly key: string;
  readonly hint: number;
}

/** Anti-entropy: the root over the keys that sender and receiver both keep. */
export interface TreeRoot extends Message {
  readonly type: 'treeRoot';
  readonly root: number;
}

/** The roots differ: these are my leaves. */
export interface TreeLeaves extends Message {
  readonly type: 'treeLeaves';
  readonly leaves: readonly number[];
}

/** The entries of the leaves that differ; the receiver answers with its own if `answer`. */
export interface TreeEntries extends Message {
  readonly type: 'treeEntries';
  readonly leaves: readonly number[];
  readonly entries: readonly (readonly [key: string, set: SiblingSet])[];
  readonly answer: boolean;
}

/** A request on its way to a node that keeps a copy of its key, and may count events of it. */
export interface Forward extends Message {
  readonly type: 'forward';
  readonly origin: NodeId;
  readonly request: ClientRequest;
}

export interface ForwardReply extends Message {
  readonly type: 'forwardReply';
  readonly origin: NodeId;
  readonly reply: ClientReply;
}

export type ClientRequest =
  | RequestOf<typeof register>
  | RequestOf<typeof siblings>
  | RequestOf<typeof set>;

export type ClientReply = (Reply & { readonly type: `${string}_ok` }) | ErrorReply;

export type StoreMessage =
  | Ping
  | WantStream
  | Stream
  | StreamTaken
  | HandOn
  | HandedOn
  | Store
  | Stored
  | Fetch
  | Fetched
  | Handoff
  | HandoffDone
  | TreeRoot
  | TreeLeaves
  | TreeEntries
  | Forward
  | ForwardReply
  | ClientRequest
  | ClientReply;
