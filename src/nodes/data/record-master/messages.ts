/** What members say to each other. Nothing that was sent is ever changed. */
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/** A later generation is later, whatever the sequence (PNUTS, section 3.1). */
export type Version = readonly [generation: number, sequence: number];

export const UNWRITTEN: Version = [1, 0];

export function isLater([a, b]: Version, [c, d]: Version): boolean {
  return a > c || (a === c && b > d);
}

/** An update that was carried out, so that its repeat changes nothing. */
export type Served = readonly [session: string, serial: number, ok: boolean];

export type StoredRecord = {
  readonly value: Plain;
  readonly version: Version;
  readonly master: NodeId;
  /** Through which members its last writes came, the newest last. */
  readonly recent: readonly NodeId[];
  readonly served: readonly Served[];
};

/** By member: who is the master in its place, and in which generation. */
export type Heirs = { readonly [member: NodeId]: readonly [heir: NodeId, generation: number] };

/** The last versions of records of the sender, in the order of each record. */
export interface Updates extends Message {
  readonly type: 'updates';
  readonly records: readonly (readonly [key: string, record: StoredRecord])[];
}
/** These versions are on the disk of the sender. */
export interface Received extends Message {
  readonly type: 'received';
  readonly versions: readonly (readonly [key: string, version: Version])[];
}
/** A request on its way to the master. */
export interface Forward extends Message {
  readonly type: 'forward';
  readonly origin: NodeId;
  /** The member that the client asked. */
  readonly via: NodeId;
  readonly request: ClientRequest;
  /** The version by which the sender knows the master. */
  readonly known: Version;
}
/** Its answer, on its way back. */
export interface ForwardReply extends Message {
  readonly type: 'forwardReply';
  readonly origin: NodeId;
  readonly reply: ClientReply;
}
export interface Alive extends Message {
  readonly type: 'alive';
  readonly heirs: Heirs;
}

export type ClientRequest = RequestOf<typeof register>;
export type ClientReply = ReplyOf<typeof register> | ErrorReply;
export type MemberMessage =
  | Updates
  | Received
  | Forward
  | ForwardReply
  | Alive
  | ClientRequest
  | ClientReply;
export type Ctx = Context<MemberMessage>;
