/** What members say to each other, and what stands in a slot of the log. */
import type { Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ClientReply, ForwardReply } from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';
import type { Configuration } from './configurations.ts';

/**
 * Ballots are whole numbers. Each member has those that leave its place as remainder when they are
 * divided by the number of members, so that no two members ever use the same one.
 */
export type Ballot = number;

/** Fills a slot of which no promise named a value. */
export type NoOp = { readonly type: 'no-op' };

/**
 * The value of a slot. `made` is the ballot in which it was first proposed: with the slot it names
 * the value, which later leaders propose again in ballots of their own.
 */
export type Value = {
  readonly made: Ballot;
  readonly command: Command | NoOp | Change;
};

/** Says who votes, `window` slots later. */
export type Change = { readonly type: 'configuration'; readonly voters: readonly NodeId[] };

export function isNoOp(command: Value['command']): command is NoOp {
  return command.type === 'no-op';
}

export function isChange(command: Value['command']): command is Change {
  return command.type === 'configuration';
}

/** A value accepted in a ballot: what a promise names. */
export type Accepted = {
  readonly slot: number;
  readonly ballot: Ballot;
  readonly value: Value;
};

/**
 * By place, in which life each member began to have its disk, as far as the sender knows; absent
 * where `on-lost-disk` is `vote`.
 */
export type Lives = readonly number[];

/** Phase 1a, for all slots from `from` on at once. */
export interface Prepare extends Message {
  readonly type: 'prepare';
  readonly ballot: Ballot;
  readonly from: number;
  /** The leader of this ballot has asked the sender to lead: it has given up its lease. */
  readonly released?: Ballot;
  readonly lives?: Lives;
}

/** Phase 1b: all that was accepted from `from` on, except for what a snapshot holds. */
export interface PromiseReply extends Message {
  readonly type: 'promise';
  readonly ballot: Ballot;
  /** Slots up to here are in a snapshot of this member, and are chosen. */
  readonly base: number;
  readonly accepted: readonly Accepted[];
  readonly lives?: Lives;
}

/** A ballot is refused, since a higher one was promised, or a lease was given to another. */
export interface Refusal extends Message {
  readonly type: 'refusal';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** Phase 2a, of slots from `first` on; without values the heartbeat of a leader. */
export interface Accept extends Message {
  readonly type: 'accept';
  readonly ballot: Ballot;
  readonly first: number;
  readonly values: readonly Value[];
  /** All slots up to here are chosen. */
  readonly chosen: number;
  /** When it was sent, on the clock of the leader: leases count from then. */
  readonly sentAtMs: number;
  readonly lives?: Lives;
}

/** Phase 2b, of the same slots. */
export interface AcceptedReply extends Message {
  readonly type: 'accepted';
  readonly ballot: Ballot;
  readonly first: number;
  readonly count: number;
  /** Of the accept that this answers. */
  readonly sentAtMs: number;
  readonly lives?: Lives;
}

/** The sender has lost its disk: what have you promised, and accepted from this slot on? */
export interface Recover extends Message {
  readonly type: 'recover';
  readonly life: number;
  readonly from: number;
}

export interface Recovery extends Message {
  readonly type: 'recovery';
  /** That of the question. */
  readonly life: number;
  readonly promised: Ballot;
  /** Slots up to here are in a snapshot. */
  readonly base: number;
  readonly accepted: readonly Accepted[];
}

/** What was chosen from this slot on? */
export interface Learn extends Message {
  readonly type: 'learn';
  readonly from: number;
}

export interface Learned extends Message {
  readonly type: 'learned';
  readonly entries: readonly Accepted[];
}

/** The state after all slots up to this one, for who is so far behind that the slots are gone. */
export interface SnapshotMessage extends Message {
  readonly type: 'snapshot';
  readonly slot: number;
  readonly state: Plain;
  readonly appliedHash: number;
  /** Who decides the slots after this one; absent as long as the voters are those of the start. */
  readonly configurations?: readonly Configuration[];
}

/** An operator's command, on its way to the leader. */
export interface Operate extends Message {
  readonly type: 'operate';
  readonly name: string;
  readonly params: { readonly [name: string]: Plain };
}

/** The leader of this ballot asks the receiver to lead, without waiting for its timeout. */
export interface TimeoutNow extends Message {
  readonly type: 'timeoutNow';
  readonly ballot: Ballot;
}

/** A client's request on its way from a member that does not lead to the one that does. */
export interface Forward extends Message {
  readonly type: 'forward';
  /** The ballot of that leader. */
  readonly ballot: Ballot;
  readonly origin: NodeId;
  readonly request: MachineRequest;
}

export type MultiPaxosMessage =
  | Prepare
  | PromiseReply
  | Refusal
  | Accept
  | AcceptedReply
  | Recover
  | Recovery
  | Learn
  | Learned
  | SnapshotMessage
  | Operate
  | TimeoutNow
  | Forward
  | ForwardReply
  | MachineRequest
  | ClientReply;
