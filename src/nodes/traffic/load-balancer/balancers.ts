/**
 * How a load balancer chooses: round robin, random, least connections, and the power of two
 * choices.
 *
 * Two choices: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS
 * 2001): ask two targets drawn at random how busy they are and take the one that is less so. Nobody
 * is asked here; as in real balancers, a target's load is what this balancer itself has in flight
 * there.
 */
import type { Chooser, FlowContext } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';

export const algorithms = ['round-robin', 'random', 'least-connections', 'two-choices'] as const;
export type Algorithm = (typeof algorithms)[number];

/** When a target that fails is left alone. */
export interface EjectSpec {
  /** Failures in a row after which a target is ejected; 0: never. */
  readonly after: number;
  readonly forMs: number;
}

interface TargetState {
  /** Requests in flight, of this balancer. */
  busy: number;
  failures: number;
  ejectedUntilMs: number;
}

/** What a balancer needs of its node. */
export type BalancerContext = Pick<FlowContext, 'random' | 'now' | 'note' | 'measure'>;

/** What a load balancer knows of its targets, and how it chooses among them. */
export class Balancer implements Chooser {
  private readonly algorithm: Algorithm;
  private readonly eject: EjectSpec;
  /** In the order in which they take turns. */
  private readonly targets: readonly NodeId[];
  private readonly states = new Map<NodeId, TargetState>();
  private turn: number;
  private ctx: BalancerContext | null = null;

  /** `turn` is where round robin begins: balancers side by side begin apart. */
  constructor(targets: readonly NodeId[], algorithm: Algorithm, eject: EjectSpec, turn: number) {
    this.targets = targets;
    this.algorithm = algorithm;
    this.eject = eject;
    this.turn = turn;
  }

  /** Gives it the node's chance, clock and voice. To be called before it chooses. */
  start(ctx: BalancerContext): void {
    this.ctx = ctx;
  }

  choose(members: readonly NodeId[]): NodeId {
    const target = this.pick(this.eject.after === 0 ? members : this.healthy(members));
    this.stateOf(target).busy++;
    this.ctx?.measure('picks', 1, target);
    return target;
  }

  ended(target: NodeId, how: string): void {
    const state = this.stateOf(target);
    state.busy--;
    if (how === 'cancelled') return;
    if (!isFailure(how)) {
      state.failures = 0;
      return;
    }
    state.failures++;
    if (this.eject.after === 0 || state.failures < this.eject.after) return;
    state.failures = 0;
    state.ejectedUntilMs = this.nowMs() + this.eject.forMs;
    this.ctx?.note('ejected', { target });
    this.ctx?.measure('ejections', 1, target);
  }

  private nowMs(): number {
    return this.ctx?.now() ?? 0;
  }

  /** Requests in flight to this target. */
  busyAt(target: NodeId): number {
    return this.stateOf(target).busy;
  }

  private healthy(members: readonly NodeId[]): readonly NodeId[] {
    const nowMs = this.nowMs();
    const healthy = members.filter((id) => this.stateOf(id).ejectedUntilMs <= nowMs);
    // With all ejected, the guess that they are down is worth less than a try.
    return healthy.length === 0 ? members : healthy;
  }

  private pick(members: readonly NodeId[]): NodeId {
    const { random } = this.ctx as BalancerContext;
    switch (this.algorithm) {
      case 'round-robin':
        return this.next(members);
      case 'random':
        return random.pick(members);
      case 'least-connections':
        return this.leastBusy(members, members.indexOf(this.next(members)));
      case 'two-choices': {
        const first = random.int(0, members.length - 1);
        if (members.length === 1) return members[0] as NodeId;
        // A second one that differs from the first, each with the same chance.
        const second = (first + random.int(1, members.length - 1)) % members.length;
        const a = members[first] as NodeId;
        const b = members[second] as NodeId;
        return this.busyAt(b) < this.busyAt(a) ? b : a;
      }
    }
  }

  /** Whose turn it is. A target that is passed over now has its turn in the next round. */
  private next(members: readonly NodeId[]): NodeId {
    const { targets } = this;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[this.turn++ % targets.length] as NodeId;
      if (members === targets || members.includes(target)) return target;
    }
    return members[0] as NodeId;
  }

  /** Looks from `from` on, so that those equally busy take turns. */
  private leastBusy(members: readonly NodeId[], from: number): NodeId {
    let best = members[from] as NodeId;
    for (let i = 1; i < members.length; i++) {
      const member = members[(from + i) % members.length] as NodeId;
      if (this.busyAt(member) < this.busyAt(best)) best = member;
    }
    return best;
  }

  private stateOf(target: NodeId): TargetState {
    let state = this.states.get(target);
    if (state === undefined) {
      state = { busy: 0, failures: 0, ejectedUntilMs: -Infinity };
      this.states.set(target, state);
    }
    return state;
  }
}

/** Errors that speak of the target's health, not of the request. */
function isFailure(how: string): boolean {
  return how === 'timeout' || how === 'crash' || how === 'temporarily-unavailable';
}
