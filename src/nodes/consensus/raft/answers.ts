/**
 * Who waits for which entry, and what they may be answered.
 *
 * A server that appended a request as leader keeps the promise to answer it in whatever role it is
 * later. The entry is at one index, in one term, and nowhere else, so there are three ways:
 *   - An entry of that term is applied at that index: it is this one, and the answer is its
 *     outcome.
 *   - An entry of another term is *applied* at that index: this one never will be (State Machine
 *     Safety), and the answer is the definite error `abort`.
 *   - Neither yet: nothing may be said. That its own log was cut does not prove anything:
 *       1. A leads in term 2, appends x at index 5, and gets it to B before it is cut off.
 *       2. C is elected in term 3 without B, and overwrites index 5 on A.
 *       3. C dies before its entry is on a majority. B is elected in term 4, by servers that never
 *          heard of C's.
 *       4. x is committed by B. The answer "did not happen" in step 2 would have been a lie.
 */

import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Context } from '../../../sim/node.ts';
import {
  type Asker,
  answer,
  type ClientReply,
  refuse,
  replyOf,
} from '../../parts/machines/askers.ts';
import { type Content, type Entry, isInternal, type RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';

type Ctx = Context<RaftMessage>;

/** A request appended at this index, in this term. */
export interface Pending extends Asker {
  readonly index: number;
  readonly term: number;
}

/**
 * Waits for the entry just appended at this index. Those who wait for one that was there before,
 * and for later ones, had theirs cut off: they come behind.
 */
export function awaitEntry(raft: Raft, index: number, asker: Asker): void {
  const { pending, currentTerm: term } = raft;
  const { origin, via, requestId } = asker;
  let place = pending.length;
  while (place > 0 && (pending[place - 1] as Pending).index >= index) place--;
  const waiting = { origin, via, requestId, index, term };
  if (place === pending.length) pending.push(waiting);
  else pending.splice(place, 0, waiting);
}

/** An entry was applied: answers those who waited for its index. */
export function settle(
  raft: Raft,
  ctx: Ctx,
  index: number,
  { term, command }: Entry,
  outcome: ReplyBody | null,
): void {
  const { pending } = raft;
  while (pending.length > 0 && (pending[0] as Pending).index <= index) {
    const waiting = pending.shift() as Pending;
    // Its index had been applied when it was appended, which takes a disk that has lied.
    if (waiting.index < index) continue;
    if (waiting.term === term) {
      answer(ctx, waiting, outcomeReply(raft, waiting.requestId, command, outcome));
    } else refuse(ctx, waiting, 'abort', 'another entry took its place in the log');
  }
}

/** The bug `abort-on-truncate`: says of entries that were cut off here that they never happen. */
export function abortFrom(raft: Raft, ctx: Ctx, from: number): void {
  const kept = raft.pending.filter(({ index }) => index < from).length;
  for (const each of raft.pending.splice(kept)) refuse(ctx, each, 'abort', 'its entry was cut off');
}

/**
 * A snapshot took the place of the entries up to this index, so what they were is not known here:
 * those who waited for them get an answer that leaves it open.
 */
export function settleUnknown(raft: Raft, ctx: Ctx, upTo: number): void {
  const gone = raft.pending.filter(({ index }) => index <= upTo).length;
  for (const each of raft.pending.splice(0, gone)) {
    refuse(ctx, each, 'timeout', 'a snapshot took the place of its entry');
  }
}

/**
 * The answer to a command: that of an update which was executed, now or at its first appearance;
 * for a read, which has no outcome, what the machine says now.
 */
export function outcomeReply(
  raft: Raft,
  requestId: number,
  command: Content,
  outcome: ReplyBody | null,
): ClientReply {
  assert(!isInternal(command), 'nobody waits for an entry of the servers themselves');
  return replyOf(requestId, outcome ?? raft.machine.apply(command));
}
