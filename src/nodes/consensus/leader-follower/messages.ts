/** What the members of a leader-follower group say to each other. */
import type lock from '../../../interfaces/lock.ts';
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/** An answer without its address: type and fields. */
export type Answer = { readonly type: string; readonly [field: string]: Plain };

/** What is replicated. `index` counts operations over all generations. */
export type State = {
  readonly generation: number;
  readonly index: number;
  readonly values: { readonly [key: string]: Plain };
  /** By session: its last operation, with the answer, so that a repeat changes nothing. */
  readonly served: { readonly [session: string]: readonly [serial: number, answer: Answer] };
};

/** One operation as the leader carried it out. */
export interface Effect {
  /** null: it changed nothing. */
  readonly write: readonly [key: string, value: Plain] | null;
  readonly session: string;
  readonly serial: number;
  readonly answer: Answer;
}

export interface Heartbeat extends Message {
  readonly type: 'heartbeat';
  readonly generation: number;
  /** Which life of the sender it is. */
  readonly incarnation: number;
  /** The sender leads its generation. */
  readonly leads: boolean;
  /** Of a leader that must know who hears it: when, by its own clock. Answered by `heard`. */
  readonly sentMs?: number;
}
/** I have heard what you sent then, and follow you. */
export interface Heard extends Message {
  readonly type: 'heard';
  readonly generation: number;
  readonly sentMs: number;
}
/** I want to lead this generation; answered by `follows` or `stale`. */
export interface Claim extends Message {
  readonly type: 'claim';
  readonly generation: number;
}
/** I follow you in this generation, and no older one; this is what I have. */
export interface Follows extends Message {
  readonly type: 'follows';
  readonly generation: number;
  readonly state: State;
}
/** The whole state of the leader; answered by `appended`. */
export interface Install extends Message {
  readonly type: 'install';
  readonly generation: number;
  readonly state: State;
}
/** The next operation; answered by `appended`, `behind` or `stale`. */
export interface Append extends Message {
  readonly type: 'append';
  readonly generation: number;
  readonly index: number;
  readonly effect: Effect;
}
/** All up to this index is durable here. */
export interface Appended extends Message {
  readonly type: 'appended';
  readonly generation: number;
  readonly index: number;
}
/** I lack operations before that one; answered by `install`. */
export interface Behind extends Message {
  readonly type: 'behind';
  readonly generation: number;
}
/** Your generation is over: this one has begun. */
export interface Stale extends Message {
  readonly type: 'stale';
  readonly generation: number;
}
/** A request that came to a follower. */
export interface Forward extends Message {
  readonly type: 'forward';
  readonly origin: NodeId;
  readonly request: RequestOf<typeof register>;
}
export interface Forwarded extends Message {
  readonly type: 'forwarded';
  readonly origin: NodeId;
  readonly reply: ReplyOf<typeof register> | ErrorReply;
}

export type LeaderMessage =
  | Heartbeat
  | Heard
  | Claim
  | Follows
  | Install
  | Append
  | Appended
  | Behind
  | Stale
  | Forward
  | Forwarded
  | RequestOf<typeof register>
  | ReplyOf<typeof register>
  | RequestOf<typeof lock>
  | ReplyOf<typeof lock>
  | ErrorReply;
export type LeaderContext = Context<LeaderMessage>;
