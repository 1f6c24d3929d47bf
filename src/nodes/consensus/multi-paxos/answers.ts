/**
 * Who waits for which slot, and what they may be answered.
 *
 * A value is proposed for one slot, and for no other. So when that slot is chosen there are two
 * ways: it is this value, also if a later leader has proposed it again, and the answer is its
 * outcome; or it is another one, and this one was not executed and never will be. Until then
 * nothing may be said: a member may have it, and a later leader may find it there.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Context } from '../../../sim/node.ts';
import { type Asker, answer, refuse, replyOf } from '../../parts/machines/askers.ts';
import type { Ballot, MultiPaxosMessage, Value } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

type Ctx = Context<MultiPaxosMessage>;

/** A request proposed for some slot, first in this ballot. */
export interface Pending extends Asker {
  readonly made: Ballot;
  /** Proposed for the same slot in an earlier ballot of this member. */
  readonly older: Pending | null;
}

/** A slot is applied with this value; null: it was skipped by a snapshot. */
export function settle(
  paxos: MultiPaxos,
  ctx: Ctx,
  slot: number,
  value: Value | null,
  outcome: ReplyBody | null,
): void {
  let waiting = paxos.pending.get(slot) ?? null;
  paxos.pending.delete(slot);
  for (; waiting !== null; waiting = waiting.older) {
    const { requestId, made } = waiting;
    if (value === null) {
      refuse(ctx, waiting, 'crash', 'a snapshot has skipped its slot');
    } else if (value.made === made && outcome !== null) {
      answer(ctx, waiting, replyOf(requestId, outcome));
    } else refuse(ctx, waiting, 'abort', 'another value was chosen for its slot');
  }
}
