/**
 * Which targets a balancer uses: those that it has not ejected, that its checks find well, and that
 * are not leaving; or all of them, when few are left and health is worth no more than a guess.
 *
 * Ejection is by failures in a row, and by sweeps (Envoy, "outlier detection"): now and then, a
 * target with far less success than the mean is ejected, or one whose share of failures is too
 * large whatever the others do. The n-th time it is out for n times as long. Not more than a share
 * of all may be out at once: looked at before one is ejected, that is one too many of few.
 */
import type { FlowContext } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { pow } from '../../../sim/portable-math.ts';
import { newsOf } from '../../parts/target-health.ts';

/** What a balancer needs of its node. */
export type BalancerContext = Pick<FlowContext, 'random' | 'elapsed' | 'note' | 'measure'>;

export interface HealthSpec {
  /** Failures after which a target is ejected; 0: never. */
  readonly ejectAfter: number;
  /** They count if they come within this time, in ms (nginx: `fail_timeout`); 0: if in a row. */
  readonly ejectWithinMs: number;
  readonly ejectForMs: number;
  /** The n-th time in a row it is out for n times as long, up to this; 0: always as long. */
  readonly ejectMaxMs: number;
  /** The share of targets that may be out at once, 0..1. */
  readonly maxEjected: number;
  /** One may be ejected even if the share says none. */
  readonly alwaysEjectOne: boolean;
  /** The time between two comparisons of success rates, in ms; 0: never. */
  readonly sweepEveryMs: number;
  /** They are compared only of at least this many targets, with this many requests each. */
  readonly sweepHosts: number;
  readonly sweepRequests: number;
  /** A target further below the mean is ejected, in standard deviations. */
  readonly deviations: number;
  /** At a sweep a target with this share of failures is ejected, 0..1; 0: none is for that. */
  readonly sweepFailures: number;
  /** Below this share of usable targets health is ignored, 0..1. */
  readonly panicBelow: number;
  /** How long a target that is back gets fewer requests, in ms; 0: not at all. */
  readonly slowStartMs: number;
  /**
   * Of slow start: the share of the time to the power of 1 / aggression is the share of the weight.
   */
  readonly aggression: number;
  /** How long a target that says it is leaving gets nothing, in ms. */
  readonly drainMs: number;
}

interface TargetHealth {
  /** When each came that counts, the oldest first. */
  failuresMs: number[];
  /** How often it was ejected since it was well for a whole sweep. */
  ejections: number;
  ejectedUntilMs: number;
  leavingUntilMs: number;
  /** What the checks say. */
  up: boolean;
  /** Whether it was well when that was last measured; null: it never was. */
  measuredWell: boolean | null;
  /** When it came back; -Infinity: it always was there. */
  backSinceMs: number;
  /** Since the last sweep. */
  requests: number;
  successes: number;
}

/** A target that is back gets no less than this share of its weight. */
const COLDEST = 0.1;

export class Health {
  private readonly spec: HealthSpec;
  private readonly comparesBefore: boolean;
  private readonly states = new Map<NodeId, TargetHealth>();
  private members: readonly NodeId[] = [];
  private nextSweepMs = 0;
  private warmUntilMs = -Infinity;
  /** Until when one is out, at the latest; and how many the checks find down. */
  private outUntilMs = -Infinity;
  private down = 0;
  /** Whether one was out when that was last measured. */
  private wasOut = false;
  /** Whether it has to look at its targets at all. */
  private watches: boolean;
  private ctx: BalancerContext | null = null;

  /** `comparesBefore`: whether too many are out is asked before one more is. */
  constructor(spec: HealthSpec, comparesBefore: boolean) {
    this.spec = spec;
    this.comparesBefore = comparesBefore;
    this.nextSweepMs = spec.sweepEveryMs;
    this.watches = spec.ejectAfter > 0 || spec.sweepEveryMs > 0 || spec.drainMs > 0;
  }

  start(ctx: BalancerContext): void {
    this.ctx = ctx;
  }

  /** Whether some target is still warming up. */
  get isWarming(): boolean {
    return this.spec.slowStartMs > 0 && this.nowMs < this.warmUntilMs;
  }

  /** The share of its weight that a target has now, up to 1. */
  warmth(target: NodeId): number {
    const { slowStartMs, aggression } = this.spec;
    if (slowStartMs === 0) return 1;
    const sinceMs = this.nowMs - this.stateOf(target).backSinceMs;
    if (sinceMs >= slowStartMs) return 1;
    const share = sinceMs / slowStartMs;
    return Math.max(COLDEST, aggression === 1 || share <= 0 ? share : pow(share, 1 / aggression));
  }

  /** Whether it is neither ejected, nor leaving, nor found down. */
  readonly isWellNow = (target: NodeId): boolean =>
    !this.watches || this.isWell(target, this.nowMs);

  /** Those to choose from. `mayPanic`: others cannot take what these have too much. */
  usable(open: readonly NodeId[], members: readonly NodeId[], mayPanic = true): readonly NodeId[] {
    const isNew = members !== this.members;
    this.members = members;
    if (isNew) this.measure(members, this.nowMs);
    if (!this.watches) return open;
    const { sweepEveryMs, panicBelow } = this.spec;
    if (sweepEveryMs > 0) this.sweepIfDue();
    const nowMs = this.nowMs;
    const mayBeOut = this.down > 0 || nowMs < this.outUntilMs;
    if (mayBeOut || this.wasOut) this.measure(members, nowMs);
    if (!mayBeOut) return open;
    const well = open.filter((id) => this.isWell(id, nowMs));
    if (panicBelow > 0 && mayPanic) {
      const all = members.filter((id) => this.isWell(id, nowMs)).length;
      if (all < panicBelow * members.length) {
        this.ctx?.measure('panics');
        return open;
      }
    }
    // With all of them out, the guess that they are down is worth less than a try.
    return well.length === 0 ? open : well;
  }

  ended(target: NodeId, how: string): void {
    if (!this.watches) return;
    const state = this.stateOf(target);
    if (how === 'temporarily-unavailable' && this.spec.drainMs > 0) {
      state.leavingUntilMs = this.nowMs + this.spec.drainMs;
      this.outUntilMs = Math.max(this.outUntilMs, state.leavingUntilMs);
    }
    const news = newsOf(how);
    if (news === 'none') return;
    state.requests++;
    if (news === 'success') {
      state.successes++;
      if (this.spec.ejectWithinMs === 0 && state.failuresMs.length > 0) state.failuresMs = [];
      return;
    }
    const { ejectAfter } = this.spec;
    if (ejectAfter === 0 || this.countFailure(state) < ejectAfter) return;
    state.failuresMs = [];
    this.eject(target, state);
  }

  /** Gives how many count now. */
  private countFailure(state: TargetHealth): number {
    const nowMs = this.nowMs;
    const { ejectWithinMs } = this.spec;
    if (ejectWithinMs > 0) {
      state.failuresMs = state.failuresMs.filter((atMs) => nowMs - atMs <= ejectWithinMs);
    }
    return state.failuresMs.push(nowMs);
  }

  /** A check has changed its mind about a target. */
  checked(target: NodeId, up: boolean): void {
    const state = this.stateOf(target);
    this.watches = true;
    if (state.up === up) return;
    state.up = up;
    this.down += up ? -1 : 1;
    this.ctx?.note(up ? 'up' : 'down', { target });
    if (!up) return;
    // A check that passes ends an ejection too.
    state.ejectedUntilMs = -Infinity;
    state.leavingUntilMs = -Infinity;
    this.back(state, this.nowMs);
  }

  isUp(target: NodeId): boolean {
    return this.stateOf(target).up;
  }

  private get nowMs(): number {
    return this.ctx?.elapsed() ?? 0;
  }

  private isWell(id: NodeId, nowMs: number): boolean {
    const state = this.stateOf(id);
    return state.up && state.ejectedUntilMs <= nowMs && state.leavingUntilMs <= nowMs;
  }

  /** What has changed since it was last measured: an ejection ends without an event. */
  private measure(members: readonly NodeId[], nowMs: number): void {
    this.wasOut = false;
    for (const id of members) {
      const well = this.isWell(id, nowMs);
      if (!well) this.wasOut = true;
      const state = this.stateOf(id);
      if (state.measuredWell === well) continue;
      state.measuredWell = well;
      this.ctx?.measure('healthy', well ? 1 : 0, id);
    }
  }

  private back(state: TargetHealth, atMs: number): void {
    state.backSinceMs = atMs;
    this.warmUntilMs = Math.max(this.warmUntilMs, atMs + this.spec.slowStartMs);
  }

  private eject(target: NodeId, state: TargetHealth): void {
    const nowMs = this.nowMs;
    if (!this.mayEject(nowMs)) return;
    const { ejectForMs, ejectMaxMs } = this.spec;
    state.ejections++;
    const grownMs = Math.min(ejectMaxMs, ejectForMs * state.ejections);
    const forMs = ejectMaxMs === 0 ? ejectForMs : grownMs;
    state.ejectedUntilMs = nowMs + forMs;
    this.outUntilMs = Math.max(this.outUntilMs, state.ejectedUntilMs);
    if (this.spec.slowStartMs > 0) this.back(state, state.ejectedUntilMs);
    this.ctx?.note('ejected', { target });
    this.ctx?.measure('ejections', 1, target);
  }

  private mayEject(nowMs: number): boolean {
    const { maxEjected, alwaysEjectOne } = this.spec;
    if (maxEjected === 1) return true;
    const out = this.members.filter((id) => this.stateOf(id).ejectedUntilMs > nowMs).length;
    if (alwaysEjectOne && out === 0) return true;
    const after = this.comparesBefore ? out : out + 1;
    return after <= maxEjected * this.members.length + 1e-9;
  }

  private sweepIfDue(): void {
    const nowMs = this.nowMs;
    const { sweepEveryMs } = this.spec;
    if (nowMs < this.nextSweepMs) return;
    this.nextSweepMs = (Math.floor(nowMs / sweepEveryMs) + 1) * sweepEveryMs;
    this.sweep();
    for (const state of this.states.values()) {
      if (state.ejectedUntilMs <= nowMs && state.ejections > 0) state.ejections--;
      state.requests = 0;
      state.successes = 0;
    }
  }

  private sweep(): void {
    const { sweepHosts, sweepRequests, deviations, sweepFailures } = this.spec;
    const known = this.members.filter((id) => this.stateOf(id).requests >= sweepRequests);
    if (known.length < Math.max(1, sweepHosts)) return;
    const rates = known.map((id) => this.stateOf(id).successes / this.stateOf(id).requests);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const variance =
      rates.reduce((sum, rate) => sum + (rate - mean) * (rate - mean), 0) / rates.length;
    const least = mean - deviations * Math.sqrt(variance);
    known.forEach((id, i) => {
      const rate = rates[i] as number;
      const isBad = sweepFailures > 0 && 1 - rate >= sweepFailures;
      if (isBad || rate < least) this.eject(id, this.stateOf(id));
    });
  }

  private stateOf(target: NodeId): TargetHealth {
    let state = this.states.get(target);
    if (state === undefined) {
      state = {
        failuresMs: [],
        ejections: 0,
        ejectedUntilMs: -Infinity,
        leavingUntilMs: -Infinity,
        up: true,
        measuredWell: null,
        backSinceMs: -Infinity,
        requests: 0,
        successes: 0,
      };
      this.states.set(target, state);
    }
    return state;
  }
}
