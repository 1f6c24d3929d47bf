/**
 * Who votes, and who leads, by an operator's commands (Lamport 2001, "Paxos Made Simple", section
 * 3).
 *
 * The leader proposes the new voters as the value of a slot. They decide the slots from `window`
 * later on. Two things are easily missed:
 * - A slot before that may be open already, and then the voters before have to decide it (the bug
 *   `change-at-once`).
 * - Promises come from the voters of a slot. A leader that was promised the slots of the old voters
 *   has to ask the new ones before it proposes anything to them: an earlier leader may have had a
 *   value chosen there (the bug `change-without-prepare`).
 *
 * `voters.ts` is what members make of it once it is chosen.
 */
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { campaign } from './ballots.ts';
import { proposeChange } from './leader.ts';
import { isChange, type MultiPaxosMessage, type Operate, type TimeoutNow } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { resetElectionTimer } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;
type Params = { readonly [name: string]: unknown };

// ---- commands

/** Whoever does not lead passes a command on to the leader that it knows. */
export function onCommand(paxos: MultiPaxos, ctx: Ctx, name: string, params: Params): void {
  if (paxos.role === 'leader') return obey(paxos, ctx, name, params);
  if (paxos.leader === null) return refuse(ctx, name, 'no leader is known');
  const plain = params as { readonly [name: string]: Plain };
  ctx.sendNow(paxos.leader, { type: 'operate', name, params: plain });
}

export function onOperate(paxos: MultiPaxos, ctx: Ctx, { name, params }: Operate): void {
  if (paxos.role === 'leader') obey(paxos, ctx, name, params);
  else refuse(ctx, name, 'it does not lead');
}

function obey(paxos: MultiPaxos, ctx: Ctx, name: string, params: Params): void {
  const why =
    name === 'transfer'
      ? transfer(paxos, ctx, idsIn(params, 'to')[0])
      : change(paxos, ctx, name, params);
  if (why !== null) refuse(ctx, name, why);
}

function refuse(ctx: Ctx, command: string, why: string): void {
  ctx.note('refuses a command', { command, why });
}

function idsIn(params: Params, name: string): readonly NodeId[] {
  return (params[name] as readonly NodeId[] | undefined) ?? [];
}

// ---- who votes

/** Proposes other voters; null, or why not. */
function change(paxos: MultiPaxos, ctx: Ctx, name: string, params: Params): string | null {
  if (isChanging(paxos)) return 'another change is under way';
  const before = paxos.configurations.latest.ids;
  const wanted = wantedVoters(before, name, params);
  const stranger = wanted.find((id) => !paxos.members.includes(id));
  if (stranger !== undefined) return `${stranger} is no member of the group`;
  if (wanted.length === 0) return 'somebody must vote';
  const voters = paxos.members.filter((id) => wanted.includes(id));
  if (voters.join() === before.join()) return 'nothing would change';
  return proposeChange(paxos, ctx, voters) ? null : 'too many slots are open';
}

/** Voters are proposed and not chosen, or chosen and not in force for the next slot. */
function isChanging({ configurations, slots, chosen, next }: MultiPaxos): boolean {
  if (configurations.latestFrom > next) return true;
  for (let slot = chosen + 1; slot < next; slot++) {
    const command = slots.at(slot)?.value.command;
    if (command !== undefined && isChange(command)) return true;
  }
  return false;
}

function wantedVoters(before: readonly NodeId[], name: string, params: Params): readonly NodeId[] {
  const named = idsIn(params, name === 'change' ? 'voters' : 'server');
  if (name === 'add') return [...before, ...named];
  return name === 'remove' ? before.filter((id) => !named.includes(id)) : named;
}

// ---- who leads

/**
 * Asks another voter to lead; null, or why not. Unlike in Raft it need not have what this leader
 * has: it learns that from the promises. So requests are served meanwhile. The lease ends for good,
 * since the message may be late, and the new leader with it.
 */
function transfer(paxos: MultiPaxos, ctx: Ctx, named: NodeId | undefined): string | null {
  const to = named ?? paxos.votersOfNext.ids.find((id) => id !== paxos.self);
  if (to === paxos.self) return 'it leads already';
  if (to === undefined || !paxos.votersOfNext.ids.includes(to)) return 'only to a voter';
  if (paxos.bug !== 'lease-survives-transfer') paxos.leases.end();
  ctx.note('hands over', { to });
  ctx.sendNow(to, { type: 'timeoutNow', ballot: paxos.promised });
  return null;
}

export function onTimeoutNow(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: TimeoutNow): void {
  const isOfLeader = paxos.leader === from && paxos.promised === m.ballot;
  if (!isOfLeader || paxos.role !== 'follower') return;
  resetElectionTimer(paxos, ctx);
  campaign(paxos, ctx, m.ballot);
}
