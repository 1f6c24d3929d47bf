/** What watchers say to each other. What they say to nodes is in `failover-messages.ts`. */
import type { Message, NodeId } from '../../../sim/node.ts';
import type { FailoverMessage } from '../../parts/failover-messages.ts';

/** I take this primary for dead. Do you? And may I act, in this epoch? */
export interface AskVote extends Message {
  readonly type: 'askVote';
  readonly epoch: number;
  readonly node: NodeId;
}

export interface Vote extends Message {
  readonly type: 'vote';
  readonly epoch: number;
  readonly isDown: boolean;
  /** A watcher votes once in each epoch, for the first that asks. */
  readonly isGranted: boolean;
}

export type WatcherMessage = AskVote | Vote | FailoverMessage;
