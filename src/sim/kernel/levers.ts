/**
 * What one strike of a fault holds, and the tally of what it touched.
 *
 * Every lever pulled leaves behind how to release it; healing releases what this strike holds and
 * nothing else. That is why faults that overlap heal apart, whatever their order.
 */
import type { Levers, LinkChange, NodeView } from '../fault.ts';
import type { NodeId, Random } from '../node.ts';
import type { Host } from './host.ts';
import { removeOne, type Tally } from './network.ts';
import type { World } from './world.ts';

export class HeldLevers implements Levers {
  readonly random: Random;
  /** Nodes at the ends of what it holds or held. */
  readonly touched = new Set<NodeId>();

  private readonly world: World;
  /** The fault's name: its streams bear it. */
  private readonly name: string;
  private readonly ofNodes: readonly NodeId[];
  private readonly tally: Tally;
  private readonly releases: (() => void)[] = [];

  constructor(world: World, name: string, of: readonly NodeId[], tally: Tally) {
    this.world = world;
    this.name = name;
    this.ofNodes = of;
    this.tally = tally;
    this.random = world.streams.get(`fault/${name}`);
  }

  get nodes(): readonly NodeView[] {
    return this.views(() => true);
  }

  get of(): readonly NodeView[] {
    return this.views((id) => this.ofNodes.includes(id));
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

  /** Lets go of everything, the latest first. */
  release(): void {
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
    this.releases.push(network.shape(...ends, change, this.name, this.tally));
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
