/**
 * How a load balancer chooses, and what it knows of its targets.
 *
 * What it knows is what it has seen itself: as in real balancers, a target's load is what this
 * balancer has in flight there, and balancers side by side know nothing of each other.
 *
 * Two choices: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS
 * 2001): draw two targets and take the one that is less busy. Consistent hashing with bounded
 * loads: Mirrokni, Thorup and Zadimoghaddam (SODA 2018): the first on the ring that has not more
 * than `bound` times the mean. The same is done with Maglev's table.
 */
import { assert } from '../../../sim/assert.ts';
import type { Chooser } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { Turns } from '../../../sim/turns.ts';
import { HashRing } from '../../parts/hash-ring.ts';
import { MaglevTable } from '../../parts/maglev.ts';
import { PeakEwma } from '../../parts/peak-ewma.ts';
import { newsOf } from '../../parts/target-health.ts';
import { textHash } from '../../parts/text-hash.ts';
import { EarliestDeadline, SmoothTurns, type WeightedTurns } from '../../parts/weighted-turns.ts';
import { type BalancerContext, Health, type HealthSpec } from './health.ts';
import { IdleConnections } from './idle-connections.ts';
import { type ZoneSpec, Zones } from './zones.ts';

export const algorithms = [
  'round-robin',
  'random',
  'least-connections',
  'two-choices',
  'weighted-round-robin',
  'earliest-deadline',
  'weighted-random',
  'weighted-least-connections',
  'ewma',
  'source-hash',
  'consistent-hash',
  'maglev',
  'least-load',
  'first',
  'most-recent',
] as const;
export type Algorithm = (typeof algorithms)[number];

/** Mistakes that balancers were shipped with. */
export type BalancerBug =
  | 'tie-by-index'
  | 'errors-are-fast'
  | 'busy-leak'
  | 'eject-all'
  | 'edf-rebuild'
  | 'table-by-index'
  | 'reports-only'
  | 'no-spill'
  | 'no-drain';

export interface BalancerSpec {
  readonly algorithm: Algorithm;
  /** By target; absent: 1. */
  readonly weights: { readonly [target: NodeId]: number };
  /** Of `two-choices`: how many targets are drawn. */
  readonly choices: number;
  /** Of hashes that are consistent: how many times the mean one target may have in flight. */
  readonly bound: number;
  /** Of `maglev`: places of the table, a prime. */
  readonly tableSize: number;
  /** Of `most-recent`: connections to each target. */
  readonly connections: number;
  /** Of `ewma`, in ms. */
  readonly tauMs: number;
  /** Each balancer uses no more targets than these; 0: all. */
  readonly subset: number;
  readonly health: HealthSpec;
  /** null: it does not matter where targets are. */
  readonly zones: ZoneSpec | null;
  /** Where round robin begins: balancers side by side begin apart. */
  readonly turn: number;
  readonly bug: BalancerBug | null;
}

interface TargetState {
  readonly id: NodeId;
  /** Requests in flight, of this balancer. */
  busy: number;
  readonly latency: PeakEwma;
  /** What its last check said that it had to do, less what this balancer had in flight there. */
  othersBusy: number;
}

function busyOf({ busy }: TargetState): number {
  return busy;
}

/** Points of each target on the ring: the shares differ by a tenth. */
const TOKENS = 100;
/** An error counts as slow as this many times the slowest average: or it would look quick. */
const ERROR_FACTOR = 5;
/** Tables kept: one for each set of targets that were well lately. */
const TABLES = 8;

/** What a load balancer knows of its targets, and how it chooses among them. */
export class Balancer implements Chooser {
  readonly health: Health;
  private readonly spec: BalancerSpec;
  private readonly states = new Map<NodeId, TargetState>();
  /** The list looked at last, and what is known of each in it. */
  private looked: readonly NodeId[] = [];
  private lookedAt: readonly TargetState[] = [];
  private readonly turns: Turns;
  private readonly weighted: WeightedTurns;
  private readonly rings = new Map<string, HashRing>();
  private readonly tables = new Map<string, MaglevTable>();
  private readonly zones: Zones | null;
  private readonly idle: IdleConnections | null;
  private ctx: BalancerContext | null = null;
  private inFlight = 0;

  constructor(spec: BalancerSpec) {
    this.spec = spec;
    this.turns = new Turns(spec.turn);
    this.weighted =
      spec.algorithm === 'earliest-deadline'
        ? new EarliestDeadline(spec.bug === 'edf-rebuild')
        : new SmoothTurns();
    const { algorithm, connections } = spec;
    this.idle = algorithm === 'most-recent' ? new IdleConnections(connections) : null;
    this.health = new Health(spec.health, spec.bug === 'eject-all');
    this.zones = spec.zones === null ? null : new Zones(spec.zones);
  }

  /** Gives it the node's chance, clock and voice. To be called before it chooses. */
  start(ctx: BalancerContext): void {
    this.ctx = ctx;
    this.health.start(ctx);
  }

  choose(open: readonly NodeId[], members: readonly NodeId[], key = ''): NodeId {
    return this.begin(this.pick(this.candidates(open, members), members, key));
  }

  /** The attempt goes to the target of its session, whose turn it is then. */
  stay(target: NodeId, members: readonly NodeId[], key: string): NodeId {
    this.health.usable([target], members);
    return this.begin(this.pick([target], [target], key));
  }

  /** `tookMs` is the time from the choice to the end. */
  ended(target: NodeId, how: string, tookMs = 0): void {
    const state = this.stateOf(target);
    if (how !== 'cancelled' || this.spec.bug !== 'busy-leak') {
      assert(state.busy > 0, `more attempts at ${target} have ended than begun`);
      state.busy--;
      this.inFlight--;
      this.ctx?.measure('busy', state.busy, target);
    }
    const news = newsOf(how);
    if (news !== 'none' && this.spec.algorithm === 'ewma') {
      this.timed(state, news === 'failure', tookMs);
    }
    this.idle?.giveBack(target, how === 'timeout');
    this.health.ended(target, how);
  }

  /** What a check of this target has said that it has to do, all requests counted. */
  reported(target: NodeId, load: number): void {
    const state = this.stateOf(target);
    state.othersBusy = this.spec.bug === 'reports-only' ? load : Math.max(0, load - state.busy);
  }

  /** Requests in flight to this target. */
  busyAt(target: NodeId): number {
    return this.stateOf(target).busy;
  }

  private begin(target: NodeId): NodeId {
    const state = this.stateOf(target);
    state.busy++;
    this.inFlight++;
    this.ctx?.measure('picks', 1, target);
    this.ctx?.measure('busy', state.busy, target);
    return target;
  }

  private timed(state: TargetState, failed: boolean, tookMs: number): void {
    const nowMs = this.ctx?.elapsed() ?? 0;
    if (!failed || this.spec.bug === 'errors-are-fast') return state.latency.add(tookMs, nowMs);
    let slowest = tookMs;
    for (const { latency } of this.states.values()) {
      slowest = Math.max(slowest, latency.average ?? 0);
    }
    state.latency.add(Math.min(slowest * ERROR_FACTOR, 1000 * ERROR_FACTOR), nowMs);
  }

  private candidates(open: readonly NodeId[], members: readonly NodeId[]): readonly NodeId[] {
    const { subset, turn } = this.spec;
    let mine = open;
    if (subset > 0 && subset < members.length) {
      const own = members.filter((_, i) => {
        return (i - ((turn * subset) % members.length) + members.length) % members.length < subset;
      });
      const openOwn = open.filter((id) => own.includes(id));
      if (openOwn.length > 0) mine = openOwn;
    }
    return this.zones === null ? this.health.usable(mine, members) : this.inZone(mine, members);
  }

  /** Those of one zone; where all of its targets have failed this request, those of the others. */
  private inZone(open: readonly NodeId[], members: readonly NodeId[]): readonly NodeId[] {
    const { health } = this;
    const { random } = this.ctx as BalancerContext;
    const zone = (this.zones as Zones).pick(members, health.isWellNow, random);
    const inside = zone.members === members ? open : open.filter((id) => zone.members.includes(id));
    if (inside.length === 0) return health.usable(open, members);
    return health.usable(inside, zone.members, zone.mayPanic);
  }

  /** One of the healthy ones. All members keep their turns. */
  private pick(healthy: readonly NodeId[], members: readonly NodeId[], key: string): NodeId {
    const { random } = this.ctx as BalancerContext;
    switch (this.spec.algorithm) {
      case 'round-robin':
        return this.health.isWarming ? this.byWeight(healthy) : this.next(healthy, members);
      case 'random':
        return this.health.isWarming ? this.drawn(healthy) : random.pick(healthy);
      case 'least-connections':
        return this.leastBusy(healthy, members);
      case 'two-choices':
        return this.fewChoices(healthy);
      case 'weighted-round-robin':
      case 'earliest-deadline':
        return this.byWeight(healthy);
      case 'weighted-random':
        return this.drawn(healthy);
      case 'weighted-least-connections':
        return this.least(healthy, members, this.busyByWeight);
      case 'ewma':
        return this.least(healthy, members, (state) => this.costOf(state, healthy));
      case 'source-hash':
        return healthy[textHash(key) % healthy.length] as NodeId;
      case 'consistent-hash':
        return this.onRing(healthy, members, key);
      case 'maglev':
        return this.inTable(healthy, members, key);
      case 'least-load':
        return this.least(healthy, members, this.knownLoad);
      case 'first':
        return healthy[0] as NodeId;
      case 'most-recent':
        return this.idle?.take(healthy, members) ?? this.leastBusy(healthy, members);
    }
  }

  /** Whose turn it is. A target that is passed over now has its turn in the next round. */
  private next(healthy: readonly NodeId[], members: readonly NodeId[]): NodeId {
    return this.turns.next(members, healthy) ?? (healthy[0] as NodeId);
  }

  private byWeight(healthy: readonly NodeId[]): NodeId {
    return this.weighted.next(healthy, (id) => this.weightOf(id));
  }

  private weightOf(id: NodeId): number {
    return (this.spec.weights[id] ?? 1) * this.health.warmth(id);
  }

  private drawn(healthy: readonly NodeId[]): NodeId {
    const { random } = this.ctx as BalancerContext;
    let left = random.between(
      0,
      healthy.reduce((sum, id) => sum + this.weightOf(id), 0),
    );
    for (const id of healthy) {
      left -= this.weightOf(id);
      if (left < 0) return id;
    }
    return healthy[healthy.length - 1] as NodeId;
  }

  private leastBusy(healthy: readonly NodeId[], members: readonly NodeId[]): NodeId {
    return this.least(healthy, members, this.health.isWarming ? this.busyByWeight : busyOf);
  }

  /** The least by what is given. Looks on from whose turn it is, so that equals take turns. */
  private least(
    healthy: readonly NodeId[],
    members: readonly NodeId[],
    costOf: (state: TargetState) => number,
  ): NodeId {
    const isFair = this.spec.bug !== 'tie-by-index';
    const from = isFair ? healthy.indexOf(this.next(healthy, members)) : 0;
    const states = this.statesOf(healthy);
    let best = states[from] as TargetState;
    let least = costOf(best);
    for (let i = 1; i < states.length; i++) {
      const state = states[(from + i) % states.length] as TargetState;
      const cost = costOf(state);
      if (cost >= least) continue;
      least = cost;
      best = state;
    }
    return best.id;
  }

  private readonly busyByWeight = ({ id, busy }: TargetState) => (busy + 1) / this.weightOf(id);

  private fewChoices(healthy: readonly NodeId[]): NodeId {
    const { random } = this.ctx as BalancerContext;
    const first = random.int(0, healthy.length - 1);
    if (healthy.length === 1) return healthy[0] as NodeId;
    const { choices } = this.spec;
    if (choices > 2) return this.manyChoices(healthy, first);
    // A second one that differs from the first, each with the same chance.
    const second = (first + random.int(1, healthy.length - 1)) % healthy.length;
    const a = healthy[first] as NodeId;
    const b = healthy[second] as NodeId;
    return this.loadOf(b) < this.loadOf(a) ? b : a;
  }

  private manyChoices(healthy: readonly NodeId[], first: number): NodeId {
    const { random } = this.ctx as BalancerContext;
    const rest = healthy.filter((_, i) => i !== first);
    const others = random.shuffle(rest).slice(0, this.spec.choices - 1);
    let best = healthy[first] as NodeId;
    for (const id of others) if (this.loadOf(id) < this.loadOf(best)) best = id;
    return best;
  }

  private loadOf(id: NodeId): number {
    return this.health.isWarming ? (this.busyAt(id) + 1) / this.weightOf(id) : this.busyAt(id);
  }

  /** An unknown target is taken for an average one: at no cost, all would go there at once. */
  private costOf({ id, latency, busy }: TargetState, healthy: readonly NodeId[]): number {
    const averageMs = latency.average ?? this.meanLatency(healthy);
    return (averageMs * (busy + 1)) / this.weightOf(id);
  }

  private meanLatency(healthy: readonly NodeId[]): number {
    let sum = 0;
    let known = 0;
    for (const id of healthy) {
      const { average } = this.stateOf(id).latency;
      if (average === null) continue;
      sum += average;
      known++;
    }
    return known === 0 ? 1 : sum / known;
  }

  private onRing(healthy: readonly NodeId[], members: readonly NodeId[], key: string): NodeId {
    const walk = this.ringOf(members).walk(key);
    const most = this.mostOf(healthy);
    const open = walk.filter((id) => healthy.includes(id));
    return open.find((id) => this.busyAt(id) < most) ?? (open[0] as NodeId);
  }

  private mostOf(healthy: readonly NodeId[]): number {
    return Math.ceil((this.spec.bound * (this.inFlight + 1)) / healthy.length);
  }

  private inTable(healthy: readonly NodeId[], members: readonly NodeId[], key: string): NodeId {
    const { isWellNow } = this.health;
    // One that has just failed this request keeps its places: else each retry would need a table.
    const table = this.tableOf(healthy.every(isWellNow) ? members.filter(isWellNow) : members);
    const most = this.mostOf(healthy);
    const node = table.nodeOf(key, (id) => healthy.includes(id) && this.busyAt(id) < most);
    return node ?? (table.nodeOf(key, (id) => healthy.includes(id)) as NodeId);
  }

  /** The table of these targets: unlike a ring it has to be made again when one of them is out. */
  private tableOf(nodes: readonly NodeId[]): MaglevTable {
    const name = nodes.join();
    let table = this.tables.get(name);
    if (table === undefined) {
      const [oldest] = this.tables.keys();
      if (oldest !== undefined && this.tables.size >= TABLES) this.tables.delete(oldest);
      table = new MaglevTable(nodes, this.spec.tableSize, this.spec.bug === 'table-by-index');
      this.tables.set(name, table);
    }
    return table;
  }

  /** What a target has to do, by its weight: what it said last, and what was sent there since. */
  private readonly knownLoad = ({ id, busy, othersBusy }: TargetState): number => {
    const load = this.spec.bug === 'reports-only' ? othersBusy : othersBusy + busy + 1;
    return load / this.weightOf(id);
  };

  private ringOf(members: readonly NodeId[]): HashRing {
    const name = members.join();
    let ring = this.rings.get(name);
    if (ring === undefined) {
      ring = new HashRing(members, TOKENS);
      this.rings.set(name, ring);
    }
    return ring;
  }

  private statesOf(targets: readonly NodeId[]): readonly TargetState[] {
    if (targets !== this.looked) {
      this.looked = targets;
      this.lookedAt = targets.map((id) => this.stateOf(id));
    }
    return this.lookedAt;
  }

  private stateOf(target: NodeId): TargetState {
    let state = this.states.get(target);
    if (state === undefined) {
      state = { id: target, busy: 0, latency: new PeakEwma(this.spec.tauMs), othersBusy: 0 };
      this.states.set(target, state);
    }
    return state;
  }
}
