/**
 * Applies what is committed, in the order of the log, each update once (Ongaro & Ousterhout 2014,
 * section 5.3; thesis 6.3).
 */
import type { Context } from '../../../sim/node.ts';
import { settle } from './answers.ts';
import type { Command, RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';
import type { Update, UpdateOutcome } from './sessions.ts';

/** Applies the entries up to `commitIndex`, and answers the clients that wait for them. */
export function applyCommitted(raft: Raft, ctx: Context<RaftMessage>): void {
  const { log } = raft;
  // A log can only be shorter than what is committed when a disk has lied or a `bug:` is at work.
  const end = raft.commitIndex < log.lastIndex ? raft.commitIndex : log.lastIndex;
  while (raft.lastApplied < end) {
    const index = raft.lastApplied + 1;
    const { term, command } = log.at(index);
    raft.lastApplied = index;
    raft.appliedHash = log.chain(raft.appliedHash, index);
    const outcome = apply(raft, command);
    if (raft.pending.size > 0) settle(raft, ctx, index, term, command, outcome);
  }
}

/** Reads are executed when they are answered, at this same place in the order. */
function apply(raft: Raft, command: Command): UpdateOutcome {
  switch (command.type) {
    case 'write':
    case 'cas':
      return raft.bug === 'no-dedup' ? execute(raft, command) : executeOnce(raft, command);
    case 'read':
    case 'no-op':
      return 'ok';
  }
}

/**
 * Thesis 6.3: the second appearance of a command in the log changes nothing, and has the answer of
 * the first.
 */
function executeOnce(raft: Raft, update: Update): UpdateOutcome {
  const before = raft.sessions.find(update);
  if (before !== null) return before;
  const outcome = execute(raft, update);
  raft.sessions.record(update, outcome);
  return outcome;
}

function execute(raft: Raft, update: Update): UpdateOutcome {
  if (update.type === 'cas') {
    const swapped = raft.registers.compareAndSet(update.key, update.from, update.to);
    return swapped ? 'ok' : 'precondition-failed';
  }
  raft.registers.write(update.key, update.value);
  return 'ok';
}
