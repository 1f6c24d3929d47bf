/**
 * In which life each member began to have its disk: what it said before that is forgotten there,
 * and must count for nothing elsewhere (see `lost-disk.ts`).
 */
import type { NodeId } from '../../../sim/node.ts';
import type { MultiPaxosMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';

/** The message with the lives that its sender knows of; as it is where nobody asks for them. */
export function signed<M extends MultiPaxosMessage>(paxos: MultiPaxos, message: M): M {
  return paxos.lives.length === 0 ? message : { ...message, lives: [...paxos.lives] };
}

/**
 * Learns from a message who has begun a new life. False: the message is of an earlier life, of its
 * sender or of this member, to which it was an answer.
 */
export function isOfNow(
  paxos: MultiPaxos,
  from: NodeId,
  lives: readonly number[] | undefined,
): boolean {
  if (lives === undefined) return true;
  const { place, members } = paxos;
  for (let i = 0; i < lives.length; i++) {
    if (i !== place) knowLife(paxos, i, lives[i] as number);
  }
  const sender = members.indexOf(from);
  return (lives[sender] as number) >= (paxos.lives[sender] as number);
}

/** Whether the answer is to this life of the member. */
export function isToThisLife({ lives: own, place }: MultiPaxos, lives?: readonly number[]) {
  return lives === undefined || lives[place] === own[place];
}

/** Somebody has begun a new life. */
export function knowLife(paxos: MultiPaxos, place: number, life: number): void {
  if (life <= (paxos.lives[place] as number)) return;
  paxos.lives[place] = life;
  // What it said before is ignored from now on.
  paxos.promises.delete(paxos.members[place] as NodeId);
  for (const [slot, acks] of paxos.acks) paxos.acks.set(slot, acks & ~(1 << place));
}
