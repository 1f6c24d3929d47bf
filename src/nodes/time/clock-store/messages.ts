/** What the members of a clock store say to each other. */
import type register from '../../../interfaces/register.ts';
import type siblings from '../../../interfaces/siblings.ts';
import type timestamp from '../../../interfaces/timestamp.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { AskTime, TellTime } from '../../parts/time-sync.ts';
import type { CausalContext } from '../../parts/version-vector.ts';

/** When a write was made, by whatever clock: compared from the left, at last by the name. */
export type Stamp = readonly [time: number, count: number, node: NodeId];

/** One write: a deletion has the value null. */
export type Version = readonly [key: string, value: Plain, stamp: Stamp];

/** Writes of a member, numbered by it from 1 in each of its lives. */
export interface Copy extends Message {
  readonly type: 'copy';
  readonly version: Version;
  readonly seq: number;
  readonly life: number;
}
/** The newest stamp of each key here; answered by `copies` of what is newer there. */
export interface Compare extends Message {
  readonly type: 'compare';
  readonly stamps: readonly (readonly [key: string, stamp: Stamp])[];
}
export interface Copies extends Message {
  readonly type: 'copies';
  readonly versions: readonly Version[];
}
/**
 * With bounded clocks: no write of the sender after these many will have a stamp up to this time.
 */
export interface Safe extends Message {
  readonly type: 'safe';
  readonly untilMs: number;
  readonly seq: number;
  readonly life: number;
}

/** Writes of yours after this number have not come; answered by `copy` for each. */
export interface Resend extends Message {
  readonly type: 'resend';
  readonly after: number;
  readonly life: number;
}

/** With vectors: all that the sender has of these keys. */
export interface SetCopies extends Message {
  readonly type: 'set-copies';
  readonly sets: readonly (readonly [key: string, set: SiblingSet])[];
}
/** With vectors: what the sender has seen of each key; answered by what it lacks. */
export interface CompareSets extends Message {
  readonly type: 'compare-sets';
  readonly seen: readonly (readonly [key: string, seen: CausalContext])[];
}

export type ClientRequest =
  | RequestOf<typeof register>
  | RequestOf<typeof siblings>
  | RequestOf<typeof timestamp>;

type ClientMessage =
  | ClientRequest
  | ReplyOf<typeof register>
  | ReplyOf<typeof siblings>
  | ReplyOf<typeof timestamp>
  | ErrorReply;

export type ClockMessage =
  | Resend
  | Copy
  | Compare
  | Copies
  | Safe
  | SetCopies
  | CompareSets
  | AskTime
  | TellTime
  | ClientMessage;
export type ClockContext = Context<ClockMessage>;

export function isLater(a: Stamp, b: Stamp): boolean {
  if (a[0] !== b[0]) return a[0] > b[0];
  return a[1] !== b[1] ? a[1] > b[1] : a[2] > b[2];
}
