/**
 * Injections: one fault of the scenario on a world: when it strikes, when it heals, and what became
 * of it. What it holds meanwhile is its levers' affair.
 */
import type { Injection as Done, Fault, Side } from '../fault.ts';
import type { Detail, NodeId } from '../node.ts';
import { HeldLevers } from './levers.ts';
import { newTally, type Tally } from './network.ts';
import type { World } from './world.ts';

/** A fault looks for its target this often, and gives up after this long. */
const RETRY_US = 10_000;
const GIVE_UP_US = 5_000_000;

export interface InjectionSpec {
  readonly name: string;
  readonly fault: Fault;
  readonly params: { readonly [name: string]: unknown };
  /** The nodes that `of:` names; all but clients without it. */
  readonly of: readonly NodeId[];
  readonly atUs: number;
  readonly forUs: number | null;
}

/** One fault of the scenario on a world, and what became of it. */
export class Injection {
  readonly spec: InjectionSpec;
  readonly tally: Tally = newTally();
  injectedAtUs: number | null = null;
  healedAtUs: number | null = null;
  label = '';
  sides: readonly Side[] = [];
  detail: Detail = {};

  private readonly world: World;
  private readonly levers: HeldLevers;
  /** It has given up looking for a target, or chaos is over. */
  private over = false;

  constructor(world: World, spec: InjectionSpec) {
    this.world = world;
    this.spec = spec;
    this.levers = new HeldLevers(world, spec.name, spec.of, this.tally);
    world.at(spec.atUs, () => this.strike());
  }

  /** Nodes at the ends of what it holds. */
  get touched(): ReadonlySet<NodeId> {
    return this.levers.touched;
  }

  private strike(): void {
    if (this.over) return;
    const { fault, params, name, atUs, forUs } = this.spec;
    const done: Done | null = fault.inject(this.levers, params as never);
    const now = this.world.now;
    if (done === null) {
      if (now + RETRY_US - atUs <= GIVE_UP_US) this.world.at(now + RETRY_US, () => this.strike());
      else this.giveUp('found no target within 5s');
      return;
    }
    this.injectedAtUs = now;
    this.label = done.label;
    this.sides = done.sides;
    this.detail = done.detail;
    this.world.recorder.fault(name, 'inject', done.label);
    if (forUs !== null) this.world.at(now + forUs, () => this.heal());
  }

  private giveUp(why: string): void {
    this.over = true;
    this.world.recorder.fault(this.spec.name, 'not-felt', why);
  }

  /**
   * Chaos is over: it strikes no more, and heals if it was to last for a time. To be called between
   * runs; the heal, which boots nodes, is an event of the next one.
   */
  endChaos(): void {
    const { world, injectedAtUs, healedAtUs } = this;
    if (injectedAtUs === null) {
      if (!this.over) this.giveUp('found no target before chaos ended');
    } else if (this.spec.forUs !== null && healedAtUs === null) {
      world.at(world.now, () => this.heal());
    }
  }

  /** Releases what it holds, the latest first; once. */
  private heal(): void {
    if (this.injectedAtUs === null || this.healedAtUs !== null) return;
    this.healedAtUs = this.world.now;
    this.world.recorder.fault(this.spec.name, 'heal', this.label);
    this.levers.release();
  }
}
