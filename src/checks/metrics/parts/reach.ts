/** When a node could talk to as many members of its group as the group needs. */
import type { NodeId } from '../../../sim/node.ts';
import type { Facts, GroupFact, Window } from '../../checker.ts';
import { disjoint } from './windows.ts';

/** Looks each link and each node up once. */
export class Reach {
  private readonly facts: Facts;
  private readonly downOf: ReadonlyMap<NodeId, readonly Window[]>;
  private readonly cutsOf: ReadonlyMap<string, readonly Window[]>;
  private readonly found = new Map<NodeId, readonly Window[]>();

  constructor(facts: Facts) {
    this.facts = facts;
    this.downOf = grouped(facts.down, ({ node }) => node);
    this.cutsOf = grouped(facts.reach?.cuts ?? [], ({ from, to }) => pair(from, to));
  }

  /**
   * When the node was down or paused, or could not talk to a quorum of its group: the others that
   * are up, and to and from which no link is cut. Without a quorum it needs only itself.
   */
  lacking(node: NodeId, group: GroupFact | undefined): readonly Window[] {
    let windows = this.found.get(node);
    if (windows === undefined) {
      windows = disjoint([...this.down(node), ...this.alone(node, group)]);
      this.found.set(node, windows);
    }
    return windows;
  }

  private down(node: NodeId): readonly Window[] {
    return this.downOf.get(node) ?? [];
  }

  private alone(node: NodeId, group: GroupFact | undefined): readonly Window[] {
    const quorum = this.facts.reach?.quorums.get(group?.name ?? '') ?? 1;
    if (group === undefined || quorum <= 1) return [];
    const others = group.nodes.filter((other) => other !== node);
    const away = others.map((other) =>
      disjoint([...this.down(other), ...(this.cutsOf.get(pair(node, other)) ?? [])]),
    );
    return fewerThan(quorum - 1, away);
  }
}

/** A link, whichever way. */
function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function grouped<T extends Window>(
  all: readonly T[],
  keyOf: (one: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** When fewer than `least` were there, of those that were each away in windows of their own. */
function fewerThan(least: number, away: readonly (readonly Window[])[]): readonly Window[] {
  const changes = away
    .flat()
    .flatMap(({ fromUs, untilUs }) => [
      { atUs: fromUs, by: -1 },
      { atUs: untilUs, by: 1 },
    ])
    .sort((a, b) => a.atUs - b.atUs);
  const few: Window[] = [];
  let there = away.length;
  let sinceUs = there < least ? 0 : Infinity;
  for (const { atUs, by } of changes) {
    there += by;
    if (there < least) sinceUs = Math.min(sinceUs, atUs);
    else if (sinceUs !== Infinity) {
      few.push({ fromUs: sinceUs, untilUs: atUs });
      sinceUs = Infinity;
    }
  }
  if (sinceUs !== Infinity) few.push({ fromUs: sinceUs, untilUs: Infinity });
  return few;
}
