/**
 * How a load balancer chooses: round robin, random, least connections, and the power of two
 * choices.
 *
 * Two choices: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS
 * 2001): ask two targets drawn at random how busy they are and take the one that is less so. Nobody
 * is asked here; as in real balancers, a target's load is what this balancer itself has in flight
 * there.
 */
import { assert } from '../../../sim/assert.ts';
import type { Chooser, FlowContext } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { Turns } from '../../../sim/turns.ts';
import { newsOf } from '../../parts/target-health.ts';

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
  private readonly states = new Map<NodeId, TargetState>();
  private readonly turns: Turns;
  private ctx: BalancerContext | null = null;

  /** `turn` is where round robin begins: balancers side by side begin apart. */
  constructor(algorithm: Algorithm, eject: EjectSpec, turn: number) {
    this.algorithm = algorithm;
    this.eject = eject;
    this.turns = new Turns(turn);
  }

  /** Gives it the node's chance, clock and voice. To be called before it chooses. */
  start(ctx: BalancerContext): void {
    this.ctx = ctx;
  }

  choose(open: readonly NodeId[], members: readonly NodeId[]): NodeId {
    const target = this.pick(this.eject.after === 0 ? open : this.healthy(open), members);
    this.stateOf(target).busy++;
    this.ctx?.measure('picks', 1, target);
    return target;
  }

  ended(target: NodeId, how: string): void {
    const state = this.stateOf(target);
    assert(state.busy > 0, `more attempts at ${target} have ended than begun`);
    state.busy--;
    const news = newsOf(how);
    if (news === 'success') state.failures = 0;
    if (news !== 'failure') return;
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

  /** One of the healthy ones. All members keep their turns. */
  private pick(healthy: readonly NodeId[], members: readonly NodeId[]): NodeId {
    const { random } = this.ctx as BalancerContext;
    switch (this.algorithm) {
      case 'round-robin':
        return this.next(healthy, members);
      case 'random':
        return random.pick(healthy);
      case 'least-connections':
        return this.leastBusy(healthy, healthy.indexOf(this.next(healthy, members)));
      case 'two-choices': {
        const first = random.int(0, healthy.length - 1);
        if (healthy.length === 1) return healthy[0] as NodeId;
        // A second one that differs from the first, each with the same chance.
        const second = (first + random.int(1, healthy.length - 1)) % healthy.length;
        const a = healthy[first] as NodeId;
        const b = healthy[second] as NodeId;
        return this.busyAt(b) < this.busyAt(a) ? b : a;
      }
    }
  }

  /** Whose turn it is. A target that is passed over now has its turn in the next round. */
  private next(healthy: readonly NodeId[], members: readonly NodeId[]): NodeId {
    return this.turns.next(members, healthy) ?? (healthy[0] as NodeId);
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
