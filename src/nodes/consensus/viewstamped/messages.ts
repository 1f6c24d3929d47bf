/** What the members of a group of Viewstamped Replication say to each other (section 4). */
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ClientReply, ForwardReply } from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';

/** One operation, with the view in which it was given its number: its viewstamp. */
export type Entry = { readonly view: number; readonly command: Command };
export type Entries = readonly Entry[];

/**
 * The state after an operation, with the hash of all that was executed up to it (section 5.1). It
 * holds the last answers of sessions too: the client table of the paper.
 */
export type Checkpoint = { readonly op: number; readonly state: Plain; readonly hash: number };

/** The end of a log: what comes after an operation. */
export interface Suffix {
  readonly after: number;
  readonly entries: Entries;
  /** Stands for what comes before, for a receiver that may lack that. */
  readonly checkpoint?: Checkpoint;
}

/** Of the primary: this is operation `op`; all up to `commit` are committed. */
export interface Prepare extends Message {
  readonly type: 'prepare';
  readonly view: number;
  readonly op: number;
  readonly command: Command;
  readonly commit: number;
}
/** All up to this operation is here. */
export interface PrepareOk extends Message {
  readonly type: 'prepareOk';
  readonly view: number;
  readonly op: number;
}
/** The heartbeat of the primary, with how many operations there are. */
export interface Commit extends Message {
  readonly type: 'commit';
  readonly view: number;
  readonly op: number;
  readonly commit: number;
}
export interface StartViewChange extends Message {
  readonly type: 'startViewChange';
  readonly view: number;
}
/**
 * To the primary of the new view: the last view in which the sender was normal, and what it has
 * after the operations that it knows to be committed, which are in every log that may be chosen.
 */
export interface DoViewChange extends Message, Suffix {
  readonly type: 'doViewChange';
  readonly view: number;
  readonly lastNormal: number;
  readonly commit: number;
}
export interface StartView extends Message, Suffix {
  readonly type: 'startView';
  readonly view: number;
  readonly commit: number;
}
/** What comes after operation `after`? A primary that begins its view asks this too. */
export interface GetState extends Message {
  readonly type: 'getState';
  readonly view: number;
  readonly after: number;
}
export interface NewState extends Message, Suffix {
  readonly type: 'newState';
  readonly view: number;
  readonly commit: number;
}
/** I have lost my memory. The nonce tells answers to this question from others. */
export interface Recovery extends Message {
  readonly type: 'recovery';
  readonly nonce: number;
}
export interface RecoveryResponse extends Message {
  readonly type: 'recoveryResponse';
  readonly nonce: number;
  readonly view: number;
  /** Of the primary of that view; null of others. */
  readonly log: Suffix | null;
  readonly commit: number;
}
/** A client's request on its way to the primary of this view. */
export interface Forward extends Message {
  readonly type: 'forward';
  readonly view: number;
  readonly origin: NodeId;
  readonly request: MachineRequest;
}

export type ViewMessage =
  | Prepare
  | PrepareOk
  | Commit
  | StartViewChange
  | DoViewChange
  | StartView
  | GetState
  | NewState
  | Recovery
  | RecoveryResponse
  | Forward
  | ForwardReply
  | MachineRequest
  | ClientReply;

export type ViewContext = Context<ViewMessage>;
