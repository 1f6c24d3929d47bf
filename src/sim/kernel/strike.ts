/** One strike of a fault on a world: from the moment it finds its target until it heals. */
import { assert } from '../assert.ts';
import type { Injection as Done, Fault, Side } from '../fault.ts';
import type { Detail, NodeId } from '../node.ts';
import { msToUs } from '../units.ts';
import { type Ends, HeldLevers } from './levers.ts';
import { newTally, type Tally } from './network.ts';
import type { World } from './world.ts';

export interface StrikeSpec {
  /** Its streams and its rows of the trace bear this name. */
  readonly name: string;
  readonly fault: Fault;
  readonly params: { readonly [name: string]: unknown };
  /** The nodes that it may choose from. */
  readonly of: readonly NodeId[];
}

export class Strike {
  readonly spec: StrikeSpec;
  /** From 1, among the strikes of one entry. */
  readonly number: number;
  readonly tally: Tally = newTally();
  injectedAtUs: number | null = null;
  healedAtUs: number | null = null;
  label = '';
  sides: readonly Side[] = [];
  detail: Detail = {};
  /**
   * It heals by itself after so long; null for those that are healed by whoever struck, or never.
   */
  lastsUs: number | null = null;
  private readonly world: World;
  private readonly levers: HeldLevers;

  constructor(world: World, spec: StrikeSpec, number: number) {
    this.world = world;
    this.spec = spec;
    this.number = number;
    world.recorder.mayBlame(this.tally, spec.name);
    this.levers = new HeldLevers(world, spec.name, spec.of, this.tally);
  }

  /** Before any node boots, and before it strikes. */
  prepare(): void {
    this.spec.fault.prepare?.(this.levers, this.spec.params as never);
  }

  /** It will never strike: lets go of what it has held since it was prepared. */
  abandon(): void {
    this.levers.release();
    this.world.recorder.lateness?.forget(this.tally);
  }

  get ends(): boolean {
    return this.lastsUs !== null;
  }

  /** Nodes at the ends of what it holds, or has held. */
  get touched(): ReadonlySet<NodeId> {
    return this.levers.touched;
  }

  /** Nodes that it keeps down or paused as long as it holds, or may take down again. */
  get felled(): ReadonlySet<NodeId> {
    return this.levers.felled;
  }

  /** Pairs whose link it cuts as long as it holds, or may cut again. */
  get severed(): readonly Ends[] {
    return this.levers.severed;
  }

  /** It has struck and not healed. */
  get isHeld(): boolean {
    return this.injectedAtUs !== null && this.healedAtUs === null;
  }

  /**
   * Strikes for so long, null for good; false if it finds no target. Watchers are the caller's to
   * tell, once the strike is on its books.
   */
  inject(forUs: number | null): boolean {
    const { fault, params, name } = this.spec;
    assert(this.injectedAtUs === null, 'a strike strikes once');
    const { pulled } = this.levers;
    const done: Done | null = fault.inject(this.levers, params as never);
    if (done === null) {
      assert(this.levers.pulled === pulled, 'a fault that finds no target pulls no lever');
      return false;
    }
    const now = this.world.now;
    this.injectedAtUs = now;
    this.label = done.label;
    this.sides = done.sides;
    this.detail = done.detail;
    if (fault.action !== true) this.world.recorder.fault(name, 'inject', done.label);
    const lastsUs = forUs ?? (done.lastsMs === undefined ? null : msToUs(done.lastsMs));
    this.lastsUs = lastsUs;
    if (lastsUs !== null) this.world.at(now + lastsUs, () => this.heal());
    return true;
  }

  /** Releases what it holds, the latest first; once. */
  heal(): void {
    if (!this.isHeld) return;
    this.healedAtUs = this.world.now;
    const { name, fault } = this.spec;
    if (fault.action !== true) this.world.recorder.fault(name, 'heal', this.label);
    this.levers.release();
    assert(this.levers.pulled === 0, 'a strike that has healed holds nothing');
    this.world.recorder.lateness?.forget(this.tally);
    this.world.watch.tell();
  }
}
