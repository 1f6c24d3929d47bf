/** What members say to each other. Nothing that was sent is ever changed. */
import type counter from '../../../interfaces/counter.ts';
import type ids from '../../../interfaces/ids.ts';
import type pnCounter from '../../../interfaces/pn-counter.ts';
import type register from '../../../interfaces/register.ts';
import type set from '../../../interfaces/set.ts';
import type siblings from '../../../interfaces/siblings.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Message } from '../../../sim/node.ts';
import type { ErrorReply, Reply } from '../../../sim/rpc.ts';
import type { SiblingSet } from '../../parts/sibling-set.ts';
import type { VersionVector } from '../../parts/version-vector.ts';

/** The key of a row whose identifier a member has chosen begins so. No workload has it. */
export const ID_KEY = '/id/';

/** One change of one member. */
export type Change = {
  /** The member that made it, by a name that no other disk has. */
  readonly origin: string;
  /** Its number there, from 1. */
  readonly n: number;
  readonly key: string;
  readonly set: SiblingSet;
  /** What the member had when it made it; with `deps`. */
  readonly deps: VersionVector | null;
};

export interface Changes extends Message {
  readonly type: 'changes';
  readonly changes: readonly Change[];
}

/** All that the sender has, by origin. */
export interface Have extends Message {
  readonly type: 'have';
  readonly have: VersionVector;
}

export type ClientRequest =
  | RequestOf<typeof register>
  | RequestOf<typeof siblings>
  | RequestOf<typeof counter>
  | RequestOf<typeof ids>
  | RequestOf<typeof pnCounter>
  | RequestOf<typeof set>;
export type ClientReply = (Reply & { readonly type: `${string}_ok` }) | ErrorReply;
export type MemberMessage = Changes | Have | ClientRequest | ClientReply;
