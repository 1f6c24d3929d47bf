/**
 * Injections: one strike of one fault, with the levers it holds and the tally of what it touched.
 *
 * Every lever pulled leaves behind how to release it; healing releases what this injection holds
 * and nothing else. That is why faults that overlap heal apart, whatever their order.
 */
import type { Injection as Done, Fault, Levers, LinkChange, NodeView, Side } from '../fault.ts';
import type { Detail, NodeId, Random } from '../node.ts';
import type { Host } from './host.ts';
import { newTally, removeOne, type Tally } from './network.ts';
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
export class Injection implements Levers {
  readonly spec: InjectionSpec;
  readonly tally: Tally = newTally();
  readonly random: Random;
  injectedAtUs: number | null = null;
  healedAtUs: number | null = null;
  label = '';
  sides: readonly Side[] = [];
  detail: Detail = {};
  /** Nodes at the ends of what it holds. */
  readonly touched = new Set<NodeId>();

  private readonly world: World;
  private readonly releases: (() => void)[] = [];
  /** It has given up looking for a target, or chaos is over. */
  private over = false;

  constructor(world: World, spec: InjectionSpec) {
    this.world = world;
    this.spec = spec;
    this.random = world.streams.get(`fault/${spec.name}`);
    world.at(spec.atUs, () => this.strike());
  }

  get nodes(): readonly NodeView[] {
    return this.views(() => true);
  }

  get of(): readonly NodeView[] {
    return this.views((id) => this.spec.of.includes(id));
  }

  private views(wanted: (id: NodeId) => boolean): NodeView[] {
    const views: NodeView[] = [];
    for (const host of this.world.hosts) {
      const node = this.world.nodes[host.index]!;
      if (node.client || !wanted(node.id)) continue;
      const up = host.node !== null;
      const state = this.world.viewOf(host.index);
      views.push({ id: node.id, group: node.group, region: node.region, up, state });
    }
    return views;
  }

  private strike(): void {
    if (this.over) return;
    const { fault, params, name, atUs, forUs } = this.spec;
    const done: Done | null = fault.inject(this, params as never);
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
    this.release();
  }

  private release(): void {
    try {
      for (let undo = this.releases.pop(); undo !== undefined; undo = this.releases.pop()) undo();
    } finally {
      // A node that dies of its disk as it boots does not keep the others from healing.
      if (this.releases.length > 0) this.world.at(this.world.now, () => this.release());
    }
  }

  cut(from: NodeId, to: NodeId): void {
    const { network } = this.world;
    this.releases.push(network.cut(this.end(from), this.end(to), this.tally));
  }

  shapeLink(from: NodeId, to: NodeId, change: LinkChange): void {
    const { network } = this.world;
    const ends = [this.end(from), this.end(to)] as const;
    this.releases.push(network.shape(...ends, change, this.spec.name, this.tally));
  }

  private end(node: NodeId): number {
    this.touched.add(node);
    return this.world.indexOf(node);
  }

  crash(node: NodeId): void {
    const host = this.hostOf(node);
    host.downBy.push(this.tally);
    this.world.crash(host);
    this.releases.push(() => {
      removeOne(host.downBy, this.tally);
      if (host.downBy.length === 0) this.world.boot(host);
    });
  }

  pause(node: NodeId): void {
    const host = this.hostOf(node);
    this.world.pause(host, this.tally);
    this.releases.push(() => this.world.resume(host, this.tally));
  }

  private hostOf(node: NodeId): Host {
    return this.world.hosts[this.end(node)]!;
  }
}
