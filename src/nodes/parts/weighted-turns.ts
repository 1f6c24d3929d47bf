/**
 * Turns by weight: of members with the weights 5, 1, 1 the first has five turns of seven.
 *
 * `SmoothTurns` is nginx's: each gets its weight, the highest has the turn and pays the sum: a a b
 * a c a a. `EarliestDeadline` is that of Envoy and gRPC: each turn moves a member's deadline by 1 /
 * weight, and the earliest has the turn. Its turns are those of a schedule that goes on; made again
 * at each change of the members, it serves the heavy ones first, again and again, and light ones
 * starve.
 */
import type { NodeId } from '../../sim/node.ts';

export interface WeightedTurns {
  /** The member of these whose turn it is; `weightOf` gives its weight, above 0. */
  next(open: readonly NodeId[], weightOf: (member: NodeId) => number): NodeId;
}

export class SmoothTurns implements WeightedTurns {
  private readonly credit = new Map<NodeId, number>();

  next(open: readonly NodeId[], weightOf: (member: NodeId) => number): NodeId {
    let best = open[0] as NodeId;
    let most = -Infinity;
    let sum = 0;
    for (const member of open) {
      const weight = weightOf(member);
      const credit = (this.credit.get(member) ?? 0) + weight;
      this.credit.set(member, credit);
      sum += weight;
      if (credit <= most) continue;
      most = credit;
      best = member;
    }
    this.credit.set(best, most - sum);
    return best;
  }
}

interface Due {
  readonly at: number;
  /** When it was put down: of two at one moment the one put down first has the turn. */
  readonly order: number;
}

export class EarliestDeadline implements WeightedTurns {
  private readonly due = new Map<NodeId, Due>();
  private now = 0;
  private orders = 0;
  private members = '';
  private readonly rebuilds: boolean;

  /** `rebuilds`: it begins again whenever the open members change. */
  constructor(rebuilds = false) {
    this.rebuilds = rebuilds;
  }

  next(open: readonly NodeId[], weightOf: (member: NodeId) => number): NodeId {
    if (this.rebuilds) this.rebuild(open.join());
    let best = open[0] as NodeId;
    let first: Due = { at: Infinity, order: Infinity };
    for (const member of open) {
      const due = this.dueOf(member, weightOf(member));
      if (due.at > first.at || (due.at === first.at && due.order > first.order)) continue;
      first = due;
      best = member;
    }
    this.now = first.at;
    this.put(best, this.now + 1 / weightOf(best));
    return best;
  }

  /** Who is new has its first turn a whole step from now; who was away, at once. */
  private dueOf(member: NodeId, weight: number): Due {
    const due = this.due.get(member);
    if (due === undefined) return this.put(member, this.now + 1 / weight);
    return due.at >= this.now ? due : this.put(member, this.now);
  }

  private put(member: NodeId, at: number): Due {
    this.orders++;
    const due = { at, order: this.orders };
    this.due.set(member, due);
    return due;
  }

  private rebuild(members: string): void {
    if (members === this.members) return;
    this.members = members;
    this.due.clear();
    this.now = 0;
  }
}
