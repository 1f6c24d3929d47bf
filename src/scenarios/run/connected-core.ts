/**
 * The core of a group: the members that nothing holds back any more once what heals is healed.
 *
 * After TigerBeetle's VOPR, which first hurts a cluster and then heals a core of it that must make
 * progress: a system that only ever survives faults may have stopped long ago and nobody would
 * know.
 */
import type { World } from '../../sim/kernel/world.ts';
import type { NodeId } from '../../sim/node.ts';

/** Of more members the largest circle is sought greedily. */
const EXACT_MEMBERS_MAX = 20;

/**
 * The largest set of members that are up, run, and can all talk to each other in both directions
 * within this time; the first in scenario order of several. Ask after the heals of the moment have
 * been run.
 */
export function coreOf(world: World, members: readonly NodeId[], forUs: number): readonly NodeId[] {
  const able = members.filter((member) => {
    const host = world.hosts[world.indexOf(member)];
    return host !== undefined && host.node !== null && host.pausedBy.length === 0;
  });
  return circleOf(able, (a, b) => canTalk(world, a, b, forUs));
}

/** The largest set of members of which each two are such; the first in their order of several. */
export function circleOf(
  able: readonly NodeId[],
  talk: (a: NodeId, b: NodeId) => boolean,
): readonly NodeId[] {
  const talks = able.map((a) => able.map((b) => a === b || talk(a, b)));
  const all = able.map((_, i) => i);
  const circle =
    able.length <= EXACT_MEMBERS_MAX ? largestCircle(talks, [], all) : greedyCircle(talks, all);
  return circle.map((i) => able[i] ?? '');
}

function canTalk(world: World, a: NodeId, b: NodeId, forUs: number): boolean {
  const [from, to] = [world.indexOf(a), world.indexOf(b)];
  const { network, now } = world;
  const untilUs = now + forUs;
  return !network.losesAll(from, to, now, untilUs) && !network.losesAll(to, from, now, untilUs);
}

/** The largest clique of the candidates that goes on from `chosen`; candidates know all chosen. */
function largestCircle(
  talks: readonly (readonly boolean[])[],
  chosen: readonly number[],
  candidates: readonly number[],
): readonly number[] {
  const everybody = candidates.every((a) => candidates.every((b) => talks[a]?.[b]));
  if (everybody) return [...chosen, ...candidates];
  let best: readonly number[] = chosen;
  for (const [i, next] of candidates.entries()) {
    if (chosen.length + candidates.length - i <= best.length) break;
    const rest = candidates.slice(i + 1).filter((other) => talks[next]?.[other]);
    const found = largestCircle(talks, [...chosen, next], rest);
    if (found.length > best.length) best = found;
  }
  return best;
}

/** Takes who talks to most, then whoever talks to all taken. */
function greedyCircle(
  talks: readonly (readonly boolean[])[],
  all: readonly number[],
): readonly number[] {
  const degree = (i: number) => all.filter((j) => talks[i]?.[j]).length;
  const byDegree = [...all].sort((a, b) => degree(b) - degree(a) || a - b);
  const circle: number[] = [];
  for (const next of byDegree) {
    if (circle.every((other) => talks[next]?.[other])) circle.push(next);
  }
  return circle.sort((a, b) => a - b);
}
