/**
 * Applies what is committed, in the order of the log, each update once (Ongaro & Ousterhout 2014,
 * section 5.3; thesis 6.3).
 */
import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Context } from '../../../sim/node.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { FORGOTTEN } from '../../parts/machines/sessions.ts';
import { settle } from './answers.ts';
import { chain } from './log.ts';
import { type Content, isInternal, type RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';

/** Applies the entries up to `commitIndex`, and answers the clients that wait for them. */
export function applyCommitted(raft: Raft, ctx: Context<RaftMessage>): void {
  const { log } = raft;
  // A log can only be shorter than what is committed when a disk has lied or a `bug:` is at work.
  const end = raft.commitIndex < log.lastIndex ? raft.commitIndex : log.lastIndex;
  while (raft.lastApplied < end) {
    const index = raft.lastApplied + 1;
    const entry = log.at(index);
    raft.lastApplied = index;
    raft.appliedHash = chain(raft.appliedHash, entry);
    const outcome = apply(raft, entry.command, entry.retry === true);
    if (raft.pending.length > 0) settle(raft, ctx, index, entry, outcome);
  }
  assert(raft.lastApplied <= raft.commitIndex, 'only what is committed is applied');
  raft.afterApplying(ctx);
}

/** Reads are executed when they are answered, at this same place in the order. */
function apply(raft: Raft, command: Content, retry: boolean): ReplyBody | null {
  if (isInternal(command) || raft.machine.isRead(command.type)) return null;
  return raft.bug === 'no-dedup' ? raft.machine.apply(command) : applyOnce(raft, command, retry);
}

/**
 * Thesis 6.3: the second appearance of a command in the log changes nothing, and has the answer of
 * the first.
 */
function applyOnce(raft: Raft, update: Command, retry: boolean): ReplyBody {
  const before = raft.sessions.find(update);
  if (before !== null) return before;
  const lost = retry && raft.sessions.mayHaveForgotten(update);
  if (lost && raft.bug !== 'forgotten-session-runs') return FORGOTTEN;
  const outcome = raft.machine.apply(update);
  raft.sessions.record(update, outcome);
  return outcome;
}
