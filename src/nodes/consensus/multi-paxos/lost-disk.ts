/**
 * A member that boots with an empty disk though it has lived before. It has forgotten what it
 * promised and accepted; as a new member it would help to choose two values for one slot.
 *
 * With `on-lost-disk: ask` it takes part in nothing until a majority of the voters, itself not
 * counted, has told it what they have promised and accepted. It takes the highest ballot for
 * promised, and of each slot the value of the highest ballot for accepted. What was chosen with its
 * help was accepted by others too, and one of those has answered.
 *
 * That alone is not enough: a promise from before may still be under way, and complete a majority
 * later, with members that have answered before they were asked for theirs. So each message of the
 * two phases says in which life every member is, as far as its sender knows; who answers a
 * recovering member has written its new life down; and what a member said in an earlier life counts
 * no more as soon as somebody knows of the next. (The way of Michael, Ports, Sharma & Szekeres
 * 2017, "Recovering Shared Objects Without Stable Storage", where those are crash vectors.)
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { askToLearn } from './learning.ts';
import { knowLife } from './lives.ts';
import { isChange, type MultiPaxosMessage, type Recover, type Recovery } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

type Ctx = Context<MultiPaxosMessage>;

const LIVES = 'lives';
const RECOVERING = 'recovering';

/** At boot. */
export function recallLives(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.settings.onLostDisk === 'vote') return;
  const kept = ctx.storage.get(LIVES) as readonly number[] | undefined;
  paxos.lives = [...(kept ?? paxos.members.map(() => 0))];
  paxos.isRecovering = ctx.storage.get(RECOVERING) === true;
  if (kept !== undefined) return;
  paxos.lives[paxos.place] = ctx.life;
  paxos.isRecovering = ctx.life > 1;
  ctx.storage.set(LIVES, [...paxos.lives]);
  if (!paxos.isRecovering) return;
  ctx.storage.set(RECOVERING, true);
  ctx.note('has lost its disk');
}

/** While it recovers: asks all voters. */
export function askToRecover(paxos: MultiPaxos, ctx: Ctx): void {
  const life = paxos.lives[paxos.place] as number;
  const recover = { type: 'recover', life, from: paxos.chosen + 1 } as const;
  for (const id of paxos.others) ctx.send(id, recover);
}

/** The new life is on disk before the answer leaves. */
export function onRecover(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Recover): void {
  if (paxos.isRecovering) return;
  const place = paxos.members.indexOf(from);
  if (m.life > (paxos.lives[place] as number)) {
    knowLife(paxos, place, m.life);
    ctx.storage.set(LIVES, [...paxos.lives]);
  }
  const { promised, slots } = paxos;
  const accepted = slots.from(m.from);
  ctx.send(from, { type: 'recovery', life: m.life, promised, base: slots.base, accepted });
}

/** The first answer of each member stays true: what it does later it does knowing of this life. */
export function onRecovery(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Recovery): void {
  const { place, recoveries } = paxos;
  if (!paxos.isRecovering || m.life !== paxos.lives[place]) return;
  if (!recoveries.has(from)) recoveries.set(from, m);
  if (m.base > paxos.chosen) askToLearn(paxos, ctx, from);
  tryToRecover(paxos, ctx);
}

/** Recovers, if enough have answered, and what they leave out or leave open is known. */
export function tryToRecover(paxos: MultiPaxos, ctx: Ctx): void {
  const { members, recoveries, chosen } = paxos;
  let answered = 0;
  for (const [id, { base }] of recoveries) {
    answered |= 1 << members.indexOf(id);
    // What a snapshot holds is chosen, and has to be learned first.
    if (base > chosen) return;
  }
  if (!paxos.configurations.areMajorityAfter(chosen, answered)) return;
  // Others may decide by now: whether these were chosen has to be known first.
  if (namesChange(paxos)) return;
  adopt(paxos, ctx);
  paxos.isRecovering = false;
  recoveries.clear();
  ctx.storage.delete(RECOVERING);
  ctx.note('may vote again');
}

function namesChange({ recoveries, chosen }: MultiPaxos): boolean {
  return [...recoveries.values()].some(({ accepted }) =>
    accepted.some(({ slot, value }) => slot > chosen && isChange(value.command)),
  );
}

/** Takes what others have promised and accepted for its own. */
function adopt(paxos: MultiPaxos, ctx: Ctx): void {
  const { recoveries } = paxos;
  let { promised } = paxos;
  for (const each of recoveries.values()) {
    if (each.promised > promised) promised = each.promised;
    for (const { slot, ballot, value } of each.accepted) {
      const own = paxos.slots.at(slot);
      const isNewer = own === undefined || own.ballot < ballot;
      if (slot > paxos.chosen && isNewer) paxos.slots.accept(slot, ballot, value);
    }
  }
  paxos.promise(ctx, promised);
}
