/**
 * The nemesis: a random schedule of faults within what a system claims to survive.
 *
 * It decides at each strike, on what it sees then: which nodes it may still hurt depends on which
 * are down already. All draws come from streams of its own, one for its rhythm and one for each
 * strike, so that other draws stay as they are. Everything it did can be written down as entries of
 * `faults`, and the run that these make is the same run.
 *
 * After Jepsen's nemeses, TigerBeetle's VOPR (faults have a least time of stability, and a budget)
 * and swarm testing (Groce et al. 2012: a random half of the features finds more than all at once).
 */

import type { NemesisFact } from '../../checks/checker.ts';
import { assert } from '../../sim/assert.ts';
import type { Striker } from '../../sim/kernel/injection.ts';
import { Strike } from '../../sim/kernel/strike.ts';
import type { World } from '../../sim/kernel/world.ts';
import { isLeading } from '../../sim/leadership.ts';
import type { NodeId, Plain, Random } from '../../sim/node.ts';
import { defaultsOf } from '../../sim/params.ts';
import { formatMomentUs } from '../../sim/units.ts';
import { circleOf } from '../run/connected-core.ts';
import { type Budget, type FaultSpec, minorityOf, type NemesisSpec } from '../scenario.ts';
import { formatQuantity } from '../values/quantity-format.ts';
import { writtenForm } from '../values/written-form.ts';
import type { Aim, Member, Move, Scene, Step } from './moves.ts';
import { moves } from './repertoire.ts';

/** The longest strike over the mean, so that one long strike is not the whole run. */
const LONGEST = 4;
const SHORTEST_US = 20_000;

/** One strike that was made, with what it costs. */
interface Made {
  readonly strike: Strike;
  readonly aim: Aim;
  readonly group: string;
  readonly endsUs: number;
}

/** What a seed makes of the settings. */
interface Drawn {
  readonly moves: readonly Move[];
  readonly betweenUs: number;
  readonly lastsUs: number;
}

export class Nemesis implements Striker {
  readonly name: string;
  readonly kind = 'nemesis';
  private readonly spec: NemesisSpec;
  private readonly world: World;
  private readonly durationUs: number;
  private readonly strikers: () => readonly Striker[];
  private readonly rhythm: Random;
  private readonly drawn: Drawn;
  private readonly made: Made[] = [];
  /** Disks that were ever lost or damaged. */
  private readonly damaged = new Set<NodeId>();
  /** By how much clocks are wrong for good, at most, in ms. */
  private readonly skewed = new Map<NodeId, number>();
  /** Its strikes as faults of their own. */
  readonly struck: FaultSpec[] = [];
  private readonly entries: Plain[] = [];
  private readonly excesses: string[] = [];
  private withheld = 0;
  private over = false;

  /** `strikers`: whatever strikes in the world, other nemeses and itself too. */
  constructor(
    world: World,
    spec: NemesisSpec,
    durationUs: number,
    strikers: () => readonly Striker[],
  ) {
    this.world = world;
    this.spec = spec;
    this.name = spec.name;
    this.durationUs = durationUs;
    this.strikers = strikers;
    this.rhythm = world.streams.get(`nemesis/${spec.name}`);
    this.drawn = draw(spec, world.streams.get(`nemesis/${spec.name}/swarm`));
    world.at(spec.atUs, () => this.wait());
  }

  get strikes(): readonly Strike[] {
    return this.made.map(({ strike }) => strike);
  }

  get missed(): string | null {
    if (this.made.length > 0) return null;
    return this.withheld > 0
      ? `struck nobody: its budget forbade all of ${this.withheld} strikes, or there was nobody to strike`
      : 'had no time to strike';
  }

  endChaos(): void {
    // No strike was to last longer than chaos.
    this.over = true;
  }

  /** What it drew and did, once the run is over. */
  get fact(): NemesisFact {
    const { spec, drawn } = this;
    return {
      name: spec.name,
      swarm: spec.swarm,
      kinds: drawn.moves.map(({ name }) => name),
      betweenUs: drawn.betweenUs,
      lastsUs: drawn.lastsUs,
      budgets: spec.budgets.map(({ group, down, copies, clockMs }) => ({
        group,
        down,
        copies,
        clockMs,
      })),
      beyond: this.excesses,
      withheld: this.withheld,
      strikes: this.entries,
    };
  }

  // --- When --------------------------------------------------------------------------------------

  /** Draws when the next move begins, which it is, and how long it lasts. */
  private wait(): void {
    const { rhythm, drawn, spec, world } = this;
    const gapUs = Math.max(spec.quietUs, Math.round(rhythm.exponential(drawn.betweenUs)));
    const move = drawn.moves.length === 0 ? null : rhythm.pick(drawn.moves);
    const longestUs = LONGEST * drawn.lastsUs;
    const wantedUs = Math.round(rhythm.exponential(drawn.lastsUs));
    const lastsUs = Math.max(SHORTEST_US, Math.min(longestUs, wantedUs));
    if (move !== null && world.now + gapUs < this.endUs) {
      world.atOpening(world.now + gapUs, () => this.begin(move, lastsUs));
    }
  }

  private get endUs(): number {
    return Math.min(this.spec.untilUs ?? Infinity, this.durationUs);
  }

  /** Begins a move as soon as there has been quiet and calm enough. */
  private begin(move: Move, lastsUs: number): void {
    const { world } = this;
    if (this.over) return;
    const goesUs = Math.max(this.quietFrom(), this.calmFrom(lastsUs));
    if (goesUs > world.now) {
      if (goesUs < this.endUs) world.atOpening(goesUs, () => this.begin(move, lastsUs));
      return;
    }
    const group = this.groupOf(this.rhythm.pick(this.spec.of));
    for (const step of move.plan(this.rhythm, lastsUs)) {
      if (step.delayUs === 0) this.strike(step, group);
      else world.atOpening(world.now + step.delayUs, () => this.strike(step, group));
    }
    this.wait();
  }

  /** The end of the quiet after the latest change. */
  private quietFrom(): number {
    let latestUs = -Infinity;
    for (const { strike } of this.made) {
      latestUs = Math.max(latestUs, strike.injectedAtUs ?? 0, strike.healedAtUs ?? 0);
    }
    return latestUs + this.spec.quietUs;
  }

  /**
   * When a strike of this length leaves calm enough, by what is known now: the calm so far must be
   * its share of the time until all is healed again.
   */
  private calmFrom(lastsUs: number): number {
    const { world, spec } = this;
    const heldUntilUs = Math.max(world.now, ...this.made.map(({ endsUs }) => endsUs));
    const untilUs = Math.max(heldUntilUs, world.now + lastsUs);
    const lackUs = Math.ceil(spec.calm * (untilUs - spec.atUs)) - this.calmUs();
    if (lackUs <= 0) return world.now;
    // The longer it waits, the longer is the time of which calm must be a share.
    return heldUntilUs + Math.ceil(lackUs / (1 - spec.calm));
  }

  /** Time so far in which it held nothing. */
  private calmUs(): number {
    let calmUs = 0;
    let freeFromUs = this.spec.atUs;
    for (const { strike, endsUs } of this.made) {
      const fromUs = strike.injectedAtUs ?? 0;
      calmUs += Math.max(0, fromUs - freeFromUs);
      freeFromUs = Math.max(freeFromUs, endsUs);
    }
    return calmUs + Math.max(0, this.world.now - freeFromUs);
  }

  // --- Which nodes ---------------------------------------------------------------------------

  private groupOf(node: NodeId): Budget | null {
    return this.spec.budgets.find(({ members }) => members.includes(node)) ?? null;
  }

  private strike(step: Step, budget: Budget | null): void {
    const { world, spec } = this;
    if (this.over || budget === null || world.now >= this.endUs) return;
    const number = this.made.length + 1;
    const name = `${spec.name}-${number}`;
    const random = world.streams.get(`nemesis/${spec.name}/${number}/${this.withheld}`);
    const aim = step.aim(this.sceneOf(budget, random));
    const fault = aim === null ? undefined : spec.faults.get(aim.fault);
    const forUs = Math.min(step.forUs, this.durationUs - world.now);
    const excesses = aim === null ? [] : this.excessOf(aim, budget, forUs);
    if (aim === null || fault === undefined || (!spec.beyond && excesses.length > 0)) {
      this.withheld++;
      return;
    }
    // The nodes that it strikes are named; it strikes them as members of the whole group.
    const of = aim.whole ? budget.members.filter((id) => spec.of.includes(id)) : budget.members;
    const params = defaultsOf(fault.params, aim.given as never);
    const strike = new Strike(world, { name, fault, params, of }, number);
    assert(forUs > 0, 'a strike of a nemesis lasts, and not beyond chaos');
    if (!strike.inject(forUs)) {
      this.withheld++;
      return;
    }
    for (const excess of excesses) {
      // Reported once: a lost disk stays beyond the budget to the end of the run.
      if (this.excesses.some((told) => told.endsWith(`: ${excess}`))) continue;
      this.excesses.push(`${formatMomentUs(world.now)}: ${excess}`);
    }
    this.made.push({ strike, aim, group: budget.group, endsUs: world.now + forUs });
    world.watch.tell();
    for (const node of aim.copies ?? []) this.damaged.add(node);
    if (aim.clock?.stays === true) {
      for (const node of aim.clock.nodes) {
        this.skewed.set(node, (this.skewed.get(node) ?? 0) + aim.clock.ms);
      }
    }
    const strikeOf = { name: spec.name, number };
    const when = { atUs: world.now, forUs, strikeOf };
    this.struck.push({ ...strike.spec, ...when, position: spec.position });
    this.entries.push(entryOf(strike, aim, forUs));
  }

  private sceneOf(budget: Budget, random: Random): Scene {
    const { world, spec } = this;
    const lost = this.lostOf(budget);
    const damaged = this.damagedOf(budget);
    const members = budget.members
      .filter((id) => spec.of.includes(id))
      .map((id): Member => {
        const index = world.indexOf(id);
        const up = world.hosts[index]?.node != null;
        return {
          id,
          up,
          well: up && !lost.has(id),
          leads: up && isLeading(world.viewOf(index), world.nodes[index]?.leads),
        };
      });
    const most = spec.beyond ? members.length : 0;
    return {
      members,
      spare: {
        down: Math.max(most, this.mostDown(budget)) - lost.size,
        copies: Math.max(most, budget.copies) - damaged.size,
      },
      clockMs: budget.clockMs,
      loads: spec.loads,
      random,
    };
  }

  /** How many members may be lost at once, of those that there are now. */
  private mostDown({ members, down, elastic }: Budget): number {
    if (elastic?.down !== 'minority') return down;
    return minorityOf(members.filter((member) => !this.isStopped(member)).length);
  }

  /** An operator has stopped it, or has not started it yet. */
  private isStopped(member: NodeId): boolean {
    const { hosts, lives } = this.world;
    const host = hosts[this.world.indexOf(member)];
    return host !== undefined && lives.isStopped(host);
  }

  // --- What is lost already, whoever did it ------------------------------------------------------

  /** All nemeses of the run, this one included. */
  private nemeses(): readonly Nemesis[] {
    return this.strikers().filter((striker) => striker instanceof Nemesis);
  }

  /** What all nemeses have made: each knows what its own strikes cost. */
  private allMade(): readonly Made[] {
    return this.nemeses().flatMap(({ made }) => made);
  }

  /** Strikes that hold now, of entries of `faults:`. */
  private othersHeld(): readonly Strike[] {
    return this.strikers()
      .filter((striker) => !(striker instanceof Nemesis))
      .flatMap(({ strikes }) => strikes.filter(({ isHeld }) => isHeld));
  }

  /** Members that are down, paused or cut off from the others now, for whatever reason. */
  private lostOf({ members, elastic }: Budget): Set<NodeId> {
    const { world } = this;
    const lost = new Set<NodeId>();
    for (const member of members) {
      if (elastic !== undefined && this.isStopped(member)) continue;
      const host = world.hosts[world.indexOf(member)];
      if (host?.node == null || host.pausedBy.length > 0) lost.add(member);
    }
    for (const { strike, aim } of this.allMade()) {
      if (strike.isHeld) for (const node of aim.down ?? []) lost.add(node);
    }
    const others = this.othersHeld();
    for (const { felled } of others) {
      for (const member of members) if (felled.has(member)) lost.add(member);
    }
    const rest = members.filter((member) => {
      return !lost.has(member) && (elastic === undefined || !this.isStopped(member));
    });
    const circle = circleOf(rest, this.talkDespite(others));
    for (const member of rest) if (!circle.includes(member)) lost.add(member);
    return lost;
  }

  /** Whether two members can talk both ways, by what these strikes and the network do. */
  private talkDespite(strikes: readonly Strike[]): (a: NodeId, b: NodeId) => boolean {
    const { world } = this;
    const severed = new Set(
      strikes.flatMap((strike) => strike.severed.map(({ from, to }) => `${from} ${to}`)),
    );
    const passes = (from: NodeId, to: NodeId) => {
      const [sender, receiver] = [world.indexOf(from), world.indexOf(to)];
      return !severed.has(`${from} ${to}`) && !world.network.losesEverything(sender, receiver);
    };
    return (a, b) => passes(a, b) && passes(b, a);
  }

  /** Members whose disks were ever lost or damaged. */
  private damagedOf({ members }: Budget): Set<NodeId> {
    const { world } = this;
    const damaged = members.filter((member) => {
      const known = this.nemeses().some((nemesis) => nemesis.damaged.has(member));
      return known || world.hosts[world.indexOf(member)]?.disk.hasLost === true;
    });
    return new Set(damaged);
  }

  /** What this strike, with all that is held, would cost over the budget, in words. */
  private excessOf(aim: Aim, budget: Budget, forUs: number): readonly string[] {
    const { group, members, copies } = budget;
    const down = this.mostDown(budget);
    const lost = this.lostOf(budget);
    for (const node of aim.down ?? []) lost.add(node);
    const damaged = this.damagedOf(budget);
    for (const node of aim.copies ?? []) damaged.add(node);
    const torn = this.allMade().some(
      (made) => made.group === group && made.strike.isHeld && made.aim.whole === true,
    );
    const whole = torn || aim.whole === true;
    const excess: string[] = [];
    if (lost.size > down) {
      excess.push(
        `${lost.size} of ${members.length} members of ${group} down or cut off, and it claims to survive ${down}`,
      );
    } else if (whole && lost.size > 0) {
      excess.push(
        `${group} is torn into a ring, and ${lost.size} of its members are down or cut off`,
      );
    } else if (torn && aim.whole === true) {
      // Of two rings at once no member need reach a majority.
      excess.push(`${group} is torn in two ways at once`);
    }
    // What others have damaged already forbids no strike that spares the disks.
    if (aim.copies !== undefined && damaged.size > copies) {
      excess.push(
        `${damaged.size} of ${members.length} disks of ${group} lost or damaged, and it claims to survive ${copies}`,
      );
    }
    for (const node of aim.clock?.nodes ?? []) {
      const wrongMs = this.wrongMs(node, forUs) + (aim.clock?.ms ?? 0);
      if (wrongMs > budget.clockMs) {
        excess.push(
          `the clock of ${node} ${wrongMs}ms wrong, and ${group} claims to survive ${budget.clockMs}ms`,
        );
      }
    }
    return excess;
  }

  /** By how much a clock is wrong at most within this time, whoever set it off. */
  private wrongMs(node: NodeId, forUs: number): number {
    const { world } = this;
    const nemeses = this.nemeses();
    let ms = 0;
    for (const { skewed } of nemeses) ms += skewed.get(node) ?? 0;
    const made = nemeses.flatMap((nemesis) => nemesis.made);
    for (const { strike, aim } of made) {
      const { clock } = aim;
      if (clock !== undefined && !clock.stays && strike.isHeld && clock.nodes.includes(node)) {
        ms += clock.ms;
      }
    }
    // Of nemeses the most counts that a strike may come to; of all others what is and will be.
    const own = new Set(made.map(({ strike }) => strike.tally));
    const clock = world.hosts[world.indexOf(node)]?.clock;
    if (clock === undefined) return ms;
    const othersMs = (atUs: number) => clock.wrongMs(atUs, (tally) => own.has(tally));
    return ms + Math.max(othersMs(world.now), othersMs(world.now + forUs));
  }
}

/**
 * Swarm: each kind is in with one chance in two, at least one is, and rates are halved or doubled.
 */
function draw(spec: NemesisSpec, random: Random): Drawn {
  const all = spec.moves.flatMap((name) => moves.get(name) ?? []);
  const { betweenUs, lastsUs } = spec;
  if (!spec.swarm || all.length === 0) return { moves: all, betweenUs, lastsUs };
  const chosen = all.filter(() => random.chance(0.5));
  const last = random.pick(all);
  const scale = () => random.pick([0.5, 1, 2]);
  return {
    moves: chosen.length === 0 ? [last] : chosen,
    betweenUs: Math.round(betweenUs * scale()),
    lastsUs: Math.round(lastsUs * scale()),
  };
}

/** The strike as an entry of `faults:` that does the same. */
function entryOf({ spec, injectedAtUs }: Strike, aim: Aim, forUs: number): Plain {
  const time = (us: number) => formatQuantity('duration', us / 1000);
  const written: { [param: string]: Plain } = {};
  for (const [param, value] of Object.entries(aim.given)) {
    const declared = spec.fault.params[param];
    if (declared !== undefined) written[param] = writtenForm(declared, value);
  }
  return {
    at: time(injectedAtUs ?? 0),
    for: time(forUs),
    name: spec.name,
    of: [...spec.of],
    [spec.fault.name]: written,
  };
}
