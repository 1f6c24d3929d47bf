/**
 * Which configuration is in force on a server: the latest of its log, committed or not, from the
 * moment at which the entry is appended (Ongaro & Ousterhout 2014, section 6). If the entry is cut
 * off again, the configuration before it is in force again.
 */
import type { Context } from '../../../sim/node.ts';
import { includes, NOBODY, Quorum } from './configuration.ts';
import type { RaftMessage } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { endTransfer } from './transfer.ts';

type Ctx = Context<RaftMessage>;

/** The log has another latest configuration, or may have. */
export function adoptConfiguration(raft: Raft, ctx: Ctx): void {
  const { latest } = raft.log;
  const before = raft.configuration;
  if (latest.configuration === before) return;
  if (raft.bug === 'config-not-rolled-back' && latest.index < raft.configurationIndex) return;
  raft.configurationIndex = latest.index;
  raft.configuration = latest.configuration;
  raft.configurationOpen = true;
  raft.quorum = quorumOf(raft);
  raft.followers = raft.others.filter((other) => adoptMember(raft, other));
  const { transfer } = raft;
  if (transfer !== null && !raft.quorum.has(transfer.to.place)) endTransfer(raft, ctx);
  if (before !== NOBODY || latest.index > 0) noteConfiguration(raft, ctx);
}

/** Whether another server belongs to the configuration. One that is new starts from nothing. */
function adoptMember(raft: Raft, other: Progress): boolean {
  const belongs = includes(raft.configuration, other.id);
  if (belongs && !other.isMember) {
    other.reset(raft.log.lastIndex + 1);
    raft.matchIndex[other.place] = 0;
  }
  other.isMember = belongs;
  return belongs;
}

/** The majorities of the configuration; with some of the bugs, what is taken for them. */
function quorumOf({ configuration, members, bug }: Raft): Quorum {
  const { voters, learners } = configuration;
  switch (bug) {
    case 'joint-new-only':
      return new Quorum({ ...configuration, outgoing: [] }, members);
    case 'learners-count':
      return new Quorum({ ...configuration, voters: [...voters, ...learners] }, members);
    default:
      return new Quorum(configuration, members, bug === 'half-is-majority');
  }
}

function noteConfiguration(raft: Raft, ctx: Ctx): void {
  const { voters, outgoing, learners } = raft.configuration;
  ctx.note('configuration', {
    voters: voters.join(' '),
    outgoing: outgoing.join(' '),
    learners: learners.join(' '),
  });
  if (!includes(raft.configuration, raft.self)) ctx.note('is not a member');
}
