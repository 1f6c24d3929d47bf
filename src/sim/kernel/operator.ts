/**
 * Nodes that operate other nodes: autoscalers, orchestrators, supervisors. What they order becomes
 * an event of its own at that instant, so that no handler runs inside another.
 *
 * A node that was stopped stays down until somebody starts it: not the end of a fault, nor settle.
 */
import type { Machines, NodeId, NodeState } from '../node.ts';
import { KILLS_NOTE, STARTS_NOTE, STOPS_NOTE } from '../notes.ts';
import { msToUs } from '../units.ts';
import type { Host } from './host.ts';
import type { Lives } from './life.ts';
import type { Recorder } from './recorder.ts';

/** What orders need of the world. */
export interface Site {
  readonly now: number;
  readonly hosts: readonly Host[];
  readonly lives: Lives;
  readonly recorder: Recorder;
  indexOf(name: NodeId): number;
  at(atUs: number, action: () => void): void;
}

/** The orders of one node. */
class Operator implements Machines {
  private readonly world: Site;
  private readonly self: Host;
  /** Those that it may start and stop. */
  private readonly operated: ReadonlySet<NodeId>;

  constructor(world: Site, self: Host, operated: readonly NodeId[]) {
    this.world = world;
    this.self = self;
    this.operated = new Set(operated);
  }

  get nodes(): readonly NodeId[] {
    return [...this.operated];
  }

  start(node: NodeId): void {
    const host = this.order(STARTS_NOTE, node);
    this.soon(() => this.world.lives.start(host));
  }

  stop(node: NodeId, { graceMs = 0 }: { readonly graceMs?: number } = {}): void {
    if (!(graceMs >= 0 && graceMs < Infinity)) {
      throw new RangeError(`stop('${node}'): a grace of ${graceMs} ms is no finite time`);
    }
    const host = this.order(STOPS_NOTE, node);
    const { lives } = this.world;
    this.soon(() => lives.stopAfter(host, msToUs(graceMs)));
  }

  kill(node: NodeId): void {
    const host = this.order(KILLS_NOTE, node);
    this.soon(() => this.world.lives.stop(host));
  }

  state(node: NodeId): NodeState {
    return this.world.lives.stateOf(this.hostOf(node));
  }

  private order(what: string, node: NodeId): Host {
    const host = this.hostOf(node);
    this.world.recorder.note(this.self.index, what, { node });
    return host;
  }

  private soon(action: () => void): void {
    this.world.at(this.world.now, action);
  }

  private hostOf(node: NodeId): Host {
    if (!this.operated.has(node)) {
      throw new RangeError(
        `${this.self.self} does not operate ${node}: only ${this.nodes.join(', ') || 'no node'}`,
      );
    }
    return this.world.hosts[this.world.indexOf(node)]!;
  }
}

/** The orders of a node; throws if its kind operates none. */
export function operatorFor(world: Site, host: Host, operated?: readonly NodeId[]): Machines {
  if (operated !== undefined) return new Operator(world, host, operated);
  throw new Error(
    `${host.self} uses ctx.machines, but its kind does not declare which nodes it \`operates\``,
  );
}
