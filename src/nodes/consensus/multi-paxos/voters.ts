/**
 * What becomes of voters that were chosen: who takes part, and which of them a leader has to ask.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import type { Configuration } from './configurations.ts';
import { signed } from './lives.ts';
import type { MultiPaxosMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

type Ctx = Context<MultiPaxosMessage>;

/** Other voters are chosen. */
export function adoptVoters(
  paxos: MultiPaxos,
  ctx: Ctx,
  slot: number,
  voters: readonly NodeId[],
): void {
  const { configurations } = paxos;
  // The one of the slot itself is shown to the invariants.
  configurations.forgetBefore(slot);
  configurations.adopt(slot, voters, paxos.bug === 'change-at-once');
  ctx.note('configuration', { voters: voters.join(' '), from: configurations.latestFrom });
  paxos.adoptOthers();
  if (paxos.role !== 'leader') return;
  // They have not been asked yet, let alone been silent.
  for (const id of voters) paxos.heardAtMs[paxos.members.indexOf(id)] = ctx.elapsed();
  askNewVoters(paxos, ctx);
}

/** A snapshot says who votes. */
export function restoreVoters(
  paxos: MultiPaxos,
  ctx: Ctx,
  configurations: readonly Configuration[],
): void {
  paxos.configurations.restore(configurations);
  paxos.adoptOthers();
  const { latest, latestFrom } = paxos.configurations;
  ctx.note('configuration', { voters: latest.ids.join(' '), from: latestFrom });
}

/**
 * As a leader: asks voters that have promised nothing yet, unless a majority has for each slot to
 * come. Phase 1 again, in the same ballot.
 */
export function askNewVoters(paxos: MultiPaxos, ctx: Ctx): void {
  const { configurations, promised: ballot, chosen, members } = paxos;
  if (configurations.areMajorityAfter(chosen, paxos.promisedBy)) return;
  for (const id of paxos.others) {
    if ((paxos.promisedBy & (1 << members.indexOf(id))) !== 0) continue;
    ctx.sendNow(id, signed(paxos, { type: 'prepare', ballot, from: chosen + 1 }));
  }
}
