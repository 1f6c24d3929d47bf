/**
 * Injections: one entry of the scenario's faults on a world. It says when the fault strikes: once,
 * every so often, or when something comes true of the system. What a strike holds is its own
 * affair (`strike.ts`).
 */
import { formatDurationUs } from '../units.ts';
import type { InjectionSpec } from './injection-spec.ts';
import type { Stream } from './random.ts';
import { Strike } from './strike.ts';
import type { World } from './world.ts';

/** A fault looks for its target this often, and gives up after this long. */
const RETRY_US = 10_000;
const GIVE_UP_US = 5_000_000;
const NO_TIME = 'had no time to strike';

/** A condition on a world: called when something has changed, it says whether it holds. */
export interface Trigger {
  /** As written. */
  readonly text: string;
  /** Times at which it may come true though nothing happens, in µs, ascending. */
  readonly momentsUs: readonly number[];
  /** `changed` is the number of the node that had an event; null: anything may have changed. */
  holds(changed: number | null): boolean;
  /** Forgets what it saw: from now on somebody waits for it. */
  forget?(): void;
  /** What it saw, for a condition that never came true: `leaders(kv) was at most 1`. */
  explain(): string;
}

/** Whatever makes strikes: one entry of the scenario. */
export interface Striker {
  readonly name: string;
  /** The kind of its fault, or what it is. */
  readonly kind: string;
  readonly strikes: readonly Strike[];
  /** Why nothing struck, as it stands after the name; null if something did. */
  readonly missed: string | null;
  /**
   * Chaos is over: it strikes no more, and heals what was to last for a time. To be called between
   * runs; the heal, which boots nodes, is an event of the next one.
   */
  endChaos(): void;
}

/** One fault of the scenario on a world, and what became of it. */
export class Injection implements Striker {
  readonly spec: InjectionSpec;
  readonly strikes: Strike[] = [];
  private readonly world: World;
  private readonly trigger: Trigger | null;
  /** Draws how long it waits; a stream of its own, so that waiting draws nothing of its strikes. */
  private readonly waits: Stream;
  /** No strike begins then or later. */
  private readonly endUs: number;
  private next: Strike;
  /** The trigger did not hold when last looked at, since the last strike. */
  private wasFalse = true;
  private armed = false;
  /** It strikes no more. */
  private over = false;
  private whyMissed = NO_TIME;

  /** `chaosUs`: when chaos ends; no strike begins then or later. */
  constructor(
    world: World,
    spec: InjectionSpec,
    trigger: Trigger | null = null,
    chaosUs = Infinity,
  ) {
    this.world = world;
    this.spec = spec;
    this.trigger = trigger;
    this.endUs = Math.min(spec.untilUs ?? Infinity, chaosUs);
    this.waits = world.streams.get(`wait/${spec.name}`);
    this.next = new Strike(world, spec, spec.strikeOf?.number ?? 1);
    this.next.prepare();
    if (trigger === null && spec.fault.fromStart === true && spec.atUs === 0 && !spec.repeat) {
      this.attempt(0, Infinity);
    } else if (trigger === null) this.plan(spec.atUs + (spec.repeat?.waitsFirst ? this.draw() : 0));
    else {
      world.watch.add((changed) => this.look(changed));
      for (const atUs of trigger.momentsUs) world.at(atUs, () => this.look(null));
      world.at(spec.atUs, () => this.arm());
    }
  }

  get name(): string {
    return this.spec.strikeOf?.name ?? this.spec.name;
  }

  get kind(): string {
    return this.spec.fault.name;
  }

  /** The latest strike; before the first, the one to come. */
  get latest(): Strike {
    return this.strikes.at(-1) ?? this.next;
  }

  get missed(): string | null {
    return this.strikes.length > 0 ? null : this.whyMissed;
  }

  endChaos(): void {
    this.stop();
    const { world } = this;
    for (const strike of this.strikes) {
      if (strike.ends && strike.isHeld) world.at(world.now, () => strike.heal());
    }
  }

  // When it strikes.

  private draw(): number {
    const { repeat } = this.spec;
    return repeat == null ? Infinity : this.waits.int(repeat.minUs, repeat.maxUs);
  }

  /** Strikes at a time, unless that is too late. */
  private plan(dueUs: number): void {
    if (dueUs >= (this.spec.untilUs ?? Infinity)) this.stop();
    else this.world.atOpening(dueUs, () => this.attempt(dueUs, dueUs + this.draw()));
  }

  private arm(): void {
    if (this.over) return;
    if (this.world.now >= this.endUs) return this.stop();
    this.armed = true;
    // What was seen before, as nodes booted, says nothing of what it has waited for.
    if (this.strikes.length === 0) this.trigger?.forget?.();
    this.look(null);
  }

  /**
   * Strikes when the trigger comes true: at the end of this instant, after the event that did it.
   */
  private look(changed: number | null): void {
    const { trigger, world } = this;
    if (trigger === null || this.over) return;
    const holds = trigger.holds(changed);
    const comes = holds && this.wasFalse && this.armed;
    if (!holds) this.wasFalse = true;
    if (!comes) return;
    this.wasFalse = false;
    this.armed = false;
    const dueUs = world.now;
    if (dueUs >= this.endUs) this.stop();
    else world.at(dueUs, () => this.attempt(dueUs, dueUs + this.draw()));
  }

  /**
   * Looks for its target again and again, until it gives up or the next strike is due. The next
   * one waits until this one has healed.
   */
  private attempt(dueUs: number, nextUs: number): void {
    if (this.over) return;
    const { world, next: strike } = this;
    // It may have looked for a target until now.
    if (world.now >= this.endUs) return this.stop();
    if (this.whyMissed === NO_TIME) {
      const end = this.endUs === this.spec.untilUs ? 'its `until`' : 'chaos ended';
      this.whyMissed = `found no target before ${end}`;
    }
    const { forUs } = this.spec;
    if (strike.inject(forUs)) {
      this.strikes.push(strike);
      world.watch.tell();
      this.next = new Strike(world, this.spec, strike.number + 1);
      const { lastsUs } = strike;
      const healedUs =
        forUs === null && lastsUs === 0 ? -Infinity : world.now + (lastsUs ?? -Infinity);
      this.goOn(Math.max(nextUs, healedUs + RETRY_US));
    } else if (world.now + RETRY_US <= Math.min(dueUs + GIVE_UP_US, nextUs)) {
      world.at(world.now + RETRY_US, () => this.attempt(dueUs, nextUs));
    } else {
      this.whyMissed = `found no target within ${formatDurationUs(Math.min(GIVE_UP_US, nextUs - dueUs))}`;
      if (nextUs === Infinity) this.stop();
      else this.goOn(Math.max(nextUs, world.now + RETRY_US));
    }
  }

  private goOn(nextUs: number): void {
    if (nextUs === Infinity) this.over = true;
    else if (this.trigger === null) this.plan(nextUs);
    else this.world.at(nextUs, () => this.arm());
  }

  private stop(): void {
    if (this.over) return;
    this.over = true;
    if (this.strikes.length > 0) return;
    const { trigger, wasFalse } = this;
    if (trigger !== null && wasFalse) {
      this.whyMissed = `waited for ${trigger.text}, which never came true: ${trigger.explain()}`;
    }
    const { name, fault } = this.spec;
    if (fault.action !== true) this.world.recorder.fault(name, 'not-felt', this.whyMissed);
    if (fault.prepare === undefined) return;
    const { next, world } = this;
    world.at(world.now, () => next.abandon());
  }
}
