/**
 * Changes of who belongs to the group (Ongaro & Ousterhout 2014, section 6; Ongaro's thesis,
 * chapter 4), by an operator's commands to the leader.
 *
 * With `membership: single` one voter comes or goes at a time: any majority before shares a server
 * with any majority after. With `joint` any number do, by way of a joint configuration, which the
 * leader leaves by itself, whoever that is by then. New voters are learners first, until they have
 * caught up with the log.
 *
 * The rule that is easily missed: no change before the leader has committed an entry of its own
 * term. Without it (the bug `change-before-commit`), found by Ongaro in 2015, of voters 1, 2, 3, 4:
 *   1. 1 leads in term 1 and appends the configuration with 5, on 1 and 5 only.
 *   2. 2 is elected in term 2 by 2, 3, 4, appends the one without 1, and commits it on 2 and 3: a
 *      majority of 2, 3, 4.
 *   3. 1 is elected in term 3 by 1, 4, 5: a majority of five. The two majorities share nobody.
 */
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { adoptConfiguration } from './adoption.ts';
import {
  type Configuration,
  isJoint,
  joint,
  left,
  simple,
  type Target,
  votersChanged,
  without,
} from './configuration.ts';
import type { Operate, RaftMessage } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { append, replicateToAll } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { takeSnapshot } from './snapshots.ts';
import { beginTransfer } from './transfer.ts';

type Ctx = Context<RaftMessage>;
type CommandParams = { readonly [name: string]: unknown };

/** A change under way: volatile, as the leader's office is. */
export interface Change {
  readonly target: Target;
  /** New voters that have not caught up yet. */
  catchingUp: readonly CatchUp[];
}

/**
 * Thesis 4.2.1: the log is sent in rounds, each up to where it goes as the round begins. Once a
 * round lasts less than an election timeout, the server has caught up.
 */
interface CatchUp {
  readonly follower: Progress;
  round: number;
  targetIndex: number;
  beganAtMs: number;
}

// ---- Commands -----------------------------------------------------------------------------------

/** An operator's command. Whoever does not lead passes it on to the leader that it knows. */
export function onCommand(raft: Raft, ctx: Ctx, name: string, params: CommandParams): void {
  if (name === 'snapshot') return takeSnapshot(raft, ctx);
  if (raft.role === 'leader') return obey(raft, ctx, name, params);
  if (raft.leader === null) return refuse(ctx, name, 'no leader is known');
  const plain = params as { readonly [name: string]: Plain };
  ctx.sendNow(raft.leader, { type: 'operate', name, params: plain });
}

export function onOperate(raft: Raft, ctx: Ctx, { name, params }: Operate): void {
  if (raft.role === 'leader') obey(raft, ctx, name, params);
  else refuse(ctx, name, 'it does not lead');
}

function obey(raft: Raft, ctx: Ctx, name: string, params: CommandParams): void {
  const why =
    name === 'transfer'
      ? beginTransfer(raft, ctx, (params['to'] as readonly NodeId[] | undefined)?.[0] ?? null)
      : beginChange(raft, ctx, name, params);
  if (why !== null) refuse(ctx, name, why);
}

function refuse(ctx: Ctx, command: string, why: string): void {
  ctx.note('refuses a command', { command, why });
}

/** Begins a change; null, or why not. */
function beginChange(raft: Raft, ctx: Ctx, name: string, params: CommandParams): string | null {
  const why = notNow(raft);
  if (why !== null) return why;
  const target = targetOf(raft.configuration, name, params);
  const wrong = targetWrong(raft, name, target);
  if (wrong !== null) return wrong;
  const { configuration } = raft;
  const added = without(target.voters, configuration.voters);
  const toTeach = without(added, configuration.learners);
  raft.change = { target, catchingUp: [] };
  if (toTeach.length > 0) {
    const learners = [...configuration.learners, ...toTeach];
    appendConfiguration(raft, ctx, simple({ voters: configuration.voters, learners }));
  }
  raft.change.catchingUp = added.flatMap((id) => catchUpOf(raft, ctx, id));
  proceed(raft, ctx);
  return null;
}

/** Why no change may begin now; null if one may. */
function notNow(raft: Raft): string | null {
  if (raft.change !== null) return 'another change is under way';
  if (raft.transfer !== null) return 'leadership is being handed over';
  if (raft.bug === 'change-before-commit') return null;
  if (raft.log.latest.index > raft.commitIndex) return 'the last change is not committed';
  if (isJoint(raft.configuration)) return 'the joint configuration has not been left';
  if (raft.commitIndex < raft.termStartIndex) return 'no entry of this term is committed';
  return null;
}

function targetOf(from: Configuration, name: string, params: CommandParams): Target {
  const { voters, learners } = from;
  const servers = (params['server'] as readonly NodeId[] | undefined) ?? [];
  switch (name) {
    case 'add-learner':
      return { voters, learners: [...learners, ...without(servers, learners)] };
    case 'add':
    case 'promote':
      return {
        voters: [...voters, ...without(servers, voters)],
        learners: without(learners, servers),
      };
    case 'remove':
      return { voters: without(voters, servers), learners: without(learners, servers) };
    default:
      return {
        voters: params['voters'] as readonly NodeId[],
        learners: (params['learners'] as readonly NodeId[] | undefined) ?? [],
      };
  }
}

/** What is wrong with a target; null if nothing is. */
function targetWrong(raft: Raft, name: string, target: Target): string | null {
  const { configuration, members, settings } = raft;
  const all = [...target.voters, ...target.learners];
  const stranger = all.find((id) => !members.includes(id));
  if (stranger !== undefined) return `${stranger} is no member of the group`;
  if (target.voters.length === 0) return 'somebody must vote';
  const both = target.learners.find((id) => target.voters.includes(id));
  if (both !== undefined) return `${both} cannot vote and learn only`;
  const changed = votersChanged(configuration, target);
  const sameLearners =
    without(target.learners, configuration.learners).length === 0 &&
    without(configuration.learners, target.learners).length === 0;
  if (changed === 0 && sameLearners) return 'nothing would change';
  if (
    name === 'promote' &&
    without(target.voters, [...configuration.voters, ...configuration.learners]).length > 0
  )
    return 'only learners are promoted';
  if (settings.membership === 'single' && changed > 1) return 'it changes more than one voter';
  return null;
}

// ---- The course of a change ---------------------------------------------------------------------

function appendConfiguration(raft: Raft, ctx: Ctx, configuration: Configuration): void {
  append(raft, ctx, { type: 'configuration', configuration });
  adoptConfiguration(raft, ctx);
  replicateToAll(raft, ctx);
}

/** What a new voter has to catch up with; nothing for a learner that has all of the log. */
function catchUpOf(raft: Raft, ctx: Ctx, id: NodeId): readonly CatchUp[] {
  const follower = raft.progressOf(id);
  const { lastIndex: targetIndex } = raft.log;
  // The leader itself, if it was about to leave.
  if (follower === undefined) return [];
  if ((raft.matchIndex[follower.place] as number) >= targetIndex) return [];
  return [{ follower, round: 1, targetIndex, beganAtMs: ctx.elapsed() }];
}

/** A follower has more of the log: a round of its catching up may be over. */
export function onCaughtUp(raft: Raft, ctx: Ctx, follower: Progress): void {
  const change = raft.change as Change;
  const catchUp = change.catchingUp.find((each) => each.follower === follower);
  if (catchUp === undefined) return;
  if ((raft.matchIndex[follower.place] as number) < catchUp.targetIndex) return;
  const lastedMs = ctx.elapsed() - catchUp.beganAtMs;
  if (lastedMs < raft.settings.electionMinMs) {
    change.catchingUp = change.catchingUp.filter((each) => each !== catchUp);
    return proceed(raft, ctx);
  }
  if (catchUp.round >= raft.settings.catchUpRounds) {
    ctx.note('gives up a change', { why: `${follower.id} does not catch up` });
    raft.change = null;
    return;
  }
  catchUp.round++;
  catchUp.targetIndex = raft.log.lastIndex;
  catchUp.beganAtMs = ctx.elapsed();
}

/** Takes the next step of the change under way, if it may be taken now. */
function proceed(raft: Raft, ctx: Ctx): void {
  const { change, configuration } = raft;
  if (change === null || change.catchingUp.length > 0) return;
  const early = raft.log.latest.index > raft.commitIndex && raft.bug !== 'change-before-commit';
  if (early || isJoint(configuration)) return;
  const { target } = change;
  raft.change = null;
  const byJoint = raft.settings.membership === 'joint' && votersChanged(configuration, target) > 0;
  appendConfiguration(raft, ctx, byJoint ? joint(configuration, target) : simple(target));
}

/** The latest configuration is committed, as far as this leader knows for the first time. */
export function onConfigurationCommitted(raft: Raft, ctx: Ctx): void {
  raft.configurationOpen = false;
  const { configuration, self } = raft;
  if (isJoint(configuration)) return appendConfiguration(raft, ctx, left(configuration));
  if (!configuration.voters.includes(self)) return stepAside(raft, ctx);
  proceed(raft, ctx);
}

/**
 * Thesis 4.2.2: a leader that is removed leads until the new configuration is committed, without
 * counting itself, and steps down then. Those that follow learn of the commit first.
 */
function stepAside(raft: Raft, ctx: Ctx): void {
  ctx.note('steps down', { why: 'removed', term: raft.currentTerm });
  replicateToAll(raft, ctx);
  becomeFollower(raft, ctx, raft.currentTerm);
}
