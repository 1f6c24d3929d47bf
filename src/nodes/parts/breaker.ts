/**
 * A circuit breaker, as a state machine: closed, open, half-open (Nygard, "Release It!", 2007).
 *
 * Closed, it lets calls through and counts how they end. When too many fail, or are slow, it opens:
 * it refuses calls for a while. Then it is half-open: it lets a few probes through, whose results
 * decide whether it closes or opens again.
 *
 * The libraries differ in every detail, and the details decide: whether exactly half opens, whether
 * a success can open, how many probes there are and what a failed one means. Each is a field here,
 * and a preset of a library is a set of values.
 *
 * Every permit bears the number of the state that gave it. A result of an earlier state is dropped:
 * calls that left before the circuit opened say nothing of the target after it.
 */
import { assert } from '../../sim/assert.ts';
import type { Random } from '../../sim/node.ts';
import { type BreakerWindow, type BreakerWindowSpec, breakerWindow } from './breaker-window.ts';
import type { HealthNews } from './target-health.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';
/**
 * How probes decide. `rate`: by the same thresholds, once the results are in. `all`: one failure
 * opens, all successes close. `first`: the first result decides. `in-a-row`: one at a time, and the
 * number of probes as successes in a row closes.
 */
export type ProbeRule = 'rate' | 'all' | 'first' | 'in-a-row';

export interface BreakerSpec {
  readonly window: BreakerWindowSpec;
  /** With fewer results than this no rate opens it; a window of fewer calls need only be full. */
  readonly minimum: number;
  /** The share of failures that opens, 0..1; Infinity: none does. */
  readonly threshold: number;
  readonly compare: 'at-least' | 'more-than';
  /** Whether the rates are looked at after every result, or only after a failure. */
  readonly evaluate: 'failure' | 'any';
  /** Failures in a row that open it; 0: none do. */
  readonly consecutive: number;
  /** A call that takes longer is slow, in ms; Infinity: none is. */
  readonly slowAfterMs: number;
  /** The share of slow calls that opens, 0..1. */
  readonly slowThreshold: number;
  /** The time between two looks at the rates, in ms; 0: after each result. */
  readonly snapshotMs: number;
  readonly openForMs: number;
  /** Each time that probes fail, the next open time is longer by this factor, up to the most. */
  readonly openFactor: number;
  readonly openMaxMs: number;
  /** The share of the open time by which it may end early, at random. */
  readonly openJitter: number;
  readonly probes: number;
  /** Half-open, each call is let through with this chance, 0..1; null: the first `probes` are. */
  readonly probeShare: number | null;
  readonly probeRule: ProbeRule;
  /** Half-open for longer without a decision, it opens again; in ms, Infinity: never. */
  readonly halfOpenForMs: number;
  /** `open` and `closed` hold it there, whatever happens. */
  readonly force: 'none' | 'open' | 'closed';
}

/** Mistakes that circuit breakers were shipped with. */
export type BreakerBug = 'stale-buckets' | 'open-gate' | 'double-open' | 'leaky-probe';

/** A change of state, with the results that decided it. */
export interface BreakerChange {
  readonly state: BreakerState;
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** It was half-open, and opens again. */
  readonly again: boolean;
}

/** What `permit` gives when it refuses. */
export const REFUSED = -1;

export class Breaker {
  private readonly spec: BreakerSpec;
  private readonly bug: BreakerBug | null;
  private readonly tell: (change: BreakerChange) => void;
  private readonly window: BreakerWindow;
  private readonly minimum: number;
  private stateNow: BreakerState = 'closed';
  /** Counts the states that it has been in: permits of earlier ones are void. */
  private era = 0;
  private inARow = 0;
  private nextSnapshotMs = 0;
  /** When the open state, or the half-open one, is over. */
  private untilMs = Infinity;
  private nextOpenMs: number;
  /** Of this half-open state: probes under way, and how they ended. */
  private probing = 0;
  private probed = 0;
  private probesFailed = 0;
  private probesSlow = 0;

  /** `tell` hears each change of state as it is made. */
  constructor(
    spec: BreakerSpec,
    tell: (change: BreakerChange) => void,
    bug: BreakerBug | null = null,
  ) {
    assert(spec.probes >= 1, 'a breaker without probes never closes');
    this.spec = spec;
    this.bug = bug;
    this.tell = tell;
    this.window = breakerWindow(spec.window, bug === 'stale-buckets');
    const most = spec.window.kind === 'count' ? spec.window.calls : Infinity;
    this.minimum = Math.max(1, Math.min(spec.minimum, most));
    this.nextOpenMs = spec.openForMs;
    if (spec.force === 'open') this.stateNow = 'open';
  }

  get state(): BreakerState {
    return this.stateNow;
  }

  /** Probes under way. */
  get probesInFlight(): number {
    return this.probing;
  }

  /** When the open state ends, in ms; Infinity while it is not open, or held so. */
  get openUntilMs(): number {
    return this.stateNow === 'open' ? this.untilMs : Infinity;
  }

  /** Lets time do its part: an open circuit becomes half-open, a half-open one opens again. */
  look(nowMs: number, random: Random): void {
    if (nowMs < this.untilMs - HALF_US) return;
    if (this.stateNow === 'open') this.halfOpen(nowMs);
    else if (this.stateNow === 'half-open') this.open(nowMs, random, true);
  }

  /** May a call go through now? Its permit, to be given to `ended`; or `REFUSED`. */
  permit(nowMs: number, random: Random): number {
    if (this.stateNow === 'closed') {
      if (this.spec.snapshotMs > 0) this.takeSnapshot(nowMs, random);
      if (this.stateNow === 'closed') return this.era;
    }
    this.look(nowMs, random);
    if (this.stateNow === 'open') return REFUSED;
    if (this.stateNow === 'half-open') {
      if (!this.admitsProbe(random)) return REFUSED;
      this.probing++;
    }
    return this.era;
  }

  private admitsProbe(random: Random): boolean {
    const { probes, probeShare, probeRule } = this.spec;
    if (this.bug === 'open-gate') return true;
    if (probeShare !== null) return random.chance(probeShare);
    if (probeRule === 'in-a-row') return this.probing === 0;
    return this.probing + this.probed < probes;
  }

  /** The call with this permit is over. No news gives the permit back, and counts nowhere. */
  ended(permit: number, nowMs: number, news: HealthNews, tookMs: number, random: Random): void {
    if (permit !== this.era) {
      // Opening twice cancels the timer of the first opening, and sets none.
      if (this.bug === 'double-open' && this.stateNow === 'open' && news === 'failure') {
        this.untilMs = Infinity;
      }
      return;
    }
    if (this.stateNow === 'half-open') this.probeEnded(nowMs, news, tookMs, random);
    else if (news !== 'none') this.callEnded(nowMs, news === 'failure', tookMs, random);
  }

  private callEnded(nowMs: number, failed: boolean, tookMs: number, random: Random): void {
    const { spec, window } = this;
    if (spec.snapshotMs > 0) this.takeSnapshot(nowMs, random);
    if (this.stateNow !== 'closed') return;
    window.expire(nowMs);
    window.record(nowMs, failed, tookMs > spec.slowAfterMs);
    this.inARow = failed ? this.inARow + 1 : 0;
    if (spec.consecutive > 0 && this.inARow >= spec.consecutive) {
      return this.open(nowMs, random, false);
    }
    if (spec.snapshotMs > 0 || (spec.evaluate === 'failure' && !failed)) return;
    if (this.isTooBad()) this.open(nowMs, random, false);
  }

  private takeSnapshot(nowMs: number, random: Random): void {
    if (nowMs < this.nextSnapshotMs) return;
    const { snapshotMs } = this.spec;
    this.nextSnapshotMs = (Math.floor(nowMs / snapshotMs) + 1) * snapshotMs;
    this.window.expire(nowMs);
    if (this.isTooBad()) this.open(nowMs, random, false);
  }

  private isTooBad(): boolean {
    const { calls, failures, slow } = this.window;
    return calls >= this.minimum && this.exceeds(calls, failures, slow);
  }

  private exceeds(calls: number, failures: number, slow: number): boolean {
    const { threshold, slowThreshold, slowAfterMs, compare } = this.spec;
    if (threshold !== Infinity && isOver(failures, threshold * calls, compare)) return true;
    return slowAfterMs !== Infinity && slow >= slowThreshold * calls - EXACT;
  }

  private probeEnded(nowMs: number, news: HealthNews, tookMs: number, random: Random): void {
    if (news === 'none') {
      // Whoever keeps the permit of a probe that said nothing waits for it forever.
      if (this.bug !== 'leaky-probe') this.probing--;
      return;
    }
    this.probing--;
    assert(this.probing >= 0, 'no more probes end than were let through');
    this.probed++;
    if (news === 'failure') this.probesFailed++;
    if (tookMs > this.spec.slowAfterMs) this.probesSlow++;
    const verdict = this.verdict(news === 'failure');
    if (verdict === 'open') this.open(nowMs, random, true);
    else if (verdict === 'closed') this.close();
  }

  private verdict(failed: boolean): BreakerState {
    const { probes, probeRule, minimum } = this.spec;
    const { probed, probesFailed, probesSlow } = this;
    if (probeRule === 'rate') {
      if (probed < Math.max(1, Math.min(minimum, probes))) return 'half-open';
      return this.exceeds(probed, probesFailed, probesSlow) ? 'open' : 'closed';
    }
    if (failed) return 'open';
    return probeRule === 'first' || probed >= probes ? 'closed' : 'half-open';
  }

  private open(nowMs: number, random: Random, again: boolean): void {
    const { spec } = this;
    if (spec.force === 'closed') return;
    const { calls, failures, slow } = this.results(again);
    this.enter('open');
    const forMs = spec.openJitter === 0 ? 1 : 1 - random.between(0, spec.openJitter);
    this.untilMs = nowMs + this.nextOpenMs * forMs;
    this.nextOpenMs = Math.min(spec.openMaxMs, this.nextOpenMs * spec.openFactor);
    this.tell({ state: 'open', calls, failures, slow, again });
  }

  private results(again: boolean): Pick<BreakerChange, 'calls' | 'failures' | 'slow'> {
    if (!again) {
      const { calls, failures, slow } = this.window;
      return { calls, failures, slow };
    }
    return { calls: this.probed, failures: this.probesFailed, slow: this.probesSlow };
  }

  private halfOpen(nowMs: number): void {
    this.enter('half-open');
    this.untilMs = nowMs + this.spec.halfOpenForMs;
    this.tell({ state: 'half-open', calls: 0, failures: 0, slow: 0, again: false });
  }

  private close(): void {
    const { calls, failures, slow } = this.results(true);
    this.enter('closed');
    this.nextOpenMs = this.spec.openForMs;
    this.tell({ state: 'closed', calls, failures, slow, again: false });
  }

  private enter(state: BreakerState): void {
    assert(state !== this.stateNow, 'a breaker changes to another state');
    this.stateNow = state;
    this.era++;
    this.untilMs = Infinity;
    this.window.clear();
    this.inARow = 0;
    this.probing = 0;
    this.probed = 0;
    this.probesFailed = 0;
    this.probesSlow = 0;
  }
}

/** A tenth of a hundred calls is a little more than 10 in binary. */
const EXACT = 1e-9;
/** Clocks count whole µs; half of one is rounding. */
const HALF_US = 0.0005;

/** Compares whole numbers where that is exact: 50 of 100 is half, whatever the division says. */
function isOver(count: number, most: number, compare: BreakerSpec['compare']): boolean {
  return compare === 'at-least' ? count >= most - EXACT : count > most + EXACT;
}
