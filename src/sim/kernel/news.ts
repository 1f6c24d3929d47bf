/**
 * What the ends of connections do and hear, and when: events of their own, each at one node's end.
 * A node that is paused or busy hears when it can; what it was to hear dies with its life.
 */
import type { Disconnection } from '../node.ts';
import { CONNECTED_NOTE, DISCONNECTED_NOTE } from '../notes.ts';
import type { Carriage } from './connection.ts';
import { CONNECTION } from './event-kinds.ts';
import type { Host } from './host.ts';

export class News {
  private readonly world: Carriage;
  /** Actions that are due at a time, by slot. */
  private readonly actions: (() => void)[] = [];
  private readonly free: number[] = [];

  constructor(world: Carriage) {
    this.world = world;
  }

  /** Does something at a node's end after so long, in µs. */
  schedule(end: number, delayUs: number, action: () => void): void {
    this.world.queue.push(this.world.now + delayUs, CONNECTION, end, this.keep(action), 0);
  }

  /** What has come due, or has waited until its node was free. */
  due(slot: number): void {
    const action = this.actions[slot]!;
    this.actions[slot] = NOTHING;
    this.free.push(slot);
    action();
  }

  private keep(action: () => void): number {
    const slot = this.free.pop() ?? this.actions.length;
    this.actions[slot] = action;
    return slot;
  }

  tellConnected(end: number, other: number): void {
    this.tell(end, (host) => this.connected(host, other));
  }

  /** Within an event of that end. */
  hearConnectedNow(end: number, other: number): void {
    this.hear(end, (host) => this.connected(host, other));
  }

  tellDisconnected(end: number, other: number, why: Disconnection): void {
    const peer = this.world.hosts[other]!.self;
    this.tell(end, (host) => {
      this.world.recorder.note(end, DISCONNECTED_NOTE, { peer, why });
      host.node?.disconnected?.(host, peer, why);
    });
  }

  private connected(host: Host, other: number): void {
    const peer = this.world.hosts[other]!.self;
    this.world.recorder.note(host.index, CONNECTED_NOTE, { peer });
    host.node?.connected?.(host, peer);
  }

  /** In an event of its own. */
  private tell(end: number, what: (host: Host) => void): void {
    const host = this.world.hosts[end]!;
    const { life } = host;
    if (!listens(host)) return;
    this.schedule(end, 0, () => {
      if (host.life === life) this.hear(end, what);
    });
  }

  /** Now, or when the node can. */
  private hear(end: number, what: (host: Host) => void): void {
    const host = this.world.hosts[end]!;
    const { life } = host;
    if (!listens(host)) return;
    const slot = this.keep(() => {
      if (host.life === life) this.world.handle(host, () => what(host));
    });
    if (!this.world.arrivals.holds(host, slot)) this.due(slot);
  }
}

const NOTHING = () => {};

function listens({ node }: Host): boolean {
  return node !== null && (node.connected ?? node.disconnected) !== undefined;
}
