/**
 * What proposers, acceptors and learners say to each other; each instance of consensus is a key.
 */
import type propose from '../../../interfaces/propose.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Message, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { Stamp } from '../../parts/stamp.ts';

/** A proposal number: unique, since the name of the proposer is part of it. */
export type Ballot = Stamp;

/** A value that was accepted, and in which ballot. */
export type Accepted = {
  readonly ballot: Ballot;
  readonly value: Plain;
};

interface OfBallot extends Message {
  readonly key: string;
  readonly ballot: Ballot;
}

/** Phase 1a: promise to take part in no lower ballot, and say what you have accepted. */
export interface Prepare extends OfBallot {
  readonly type: 'prepare';
}

/** Phase 1b. `accepted` is the acceptor's last, null if it has accepted nothing. */
export interface PromiseReply extends OfBallot {
  readonly type: 'promise';
  readonly accepted: Accepted | null;
}

/** Phase 2a: accept this value. */
export interface Accept extends OfBallot {
  readonly type: 'accept';
  readonly value: Plain;
}

/** Phase 2b, to learners: this acceptor has accepted this value in this ballot. */
export interface AcceptedReply extends OfBallot {
  readonly type: 'accepted';
  readonly value: Plain;
}

/** A ballot is refused, since a higher one was promised. */
export interface Nack extends OfBallot {
  readonly type: 'nack';
  readonly promised: Ballot;
}

/** From a distinguished learner to the others: this value is chosen. */
export interface Chosen extends OfBallot {
  readonly type: 'chosen';
  readonly value: Plain;
}

export type ProposeRequest = RequestOf<typeof propose>;
export type ClientReply = ReplyOf<typeof propose> | ErrorReply;

export type PaxosMessage =
  | Prepare
  | PromiseReply
  | Accept
  | AcceptedReply
  | Nack
  | Chosen
  | ProposeRequest
  | ClientReply;
