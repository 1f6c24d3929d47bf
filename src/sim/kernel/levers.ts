/**
 * What one strike of a fault holds, and the tally of what it touched.
 *
 * Every lever pulled leaves behind how to release it; healing releases what this strike holds and
 * nothing else. That is why faults that overlap heal apart, whatever their order.
 */
import type {
  ClockChange,
  DiskChange,
  DiskDamage,
  Levers,
  LinkChange,
  LoadChange,
  LoadView,
  MessageScript,
  NodeView,
  ProcessorChange,
  Release,
  RequestTrouble,
} from '../fault.ts';
import { isLeading } from '../leadership.ts';
import { SURGE } from '../load-dial.ts';
import type { NodeId, Random } from '../node.ts';
import { msToUs } from '../units.ts';
import type { Host } from './host.ts';
import type { Tally } from './network.ts';
import type { Stream } from './random.ts';
import type { World } from './world.ts';
import type { CutStretch, WorldLoad, WorldNode } from './world-spec.ts';

const NO_LABELS = {};

/** One direction of a link. */
export interface Ends {
  readonly from: NodeId;
  readonly to: NodeId;
}

export class HeldLevers implements Levers {
  readonly random: Random;
  /** Nodes at the ends of what it holds or held. */
  readonly touched = new Set<NodeId>();
  /**
   * Nodes that it has taken down or paused, and pairs between which it has cut a link: as long as
   * it is not released it may do so again, as a flapping link does.
   */
  readonly felled = new Set<NodeId>();
  private readonly cuts = new Map<string, Ends>();

  private readonly world: World;
  /** The fault's name: its streams bear it. */
  private readonly name: string;
  private readonly ofNodes: readonly NodeId[];
  private readonly tally: Tally;
  private readonly releases: (() => void)[] = [];
  private readonly keptOut = new Map<NodeId, Release>();

  constructor(world: World, name: string, of: readonly NodeId[], tally: Tally) {
    this.world = world;
    this.name = name;
    this.ofNodes = of;
    this.tally = tally;
    this.random = world.streams.get(`fault/${name}`);
  }

  get nodes(): readonly NodeView[] {
    return this.views(({ client }) => !client);
  }

  get clients(): readonly NodeView[] {
    return this.views(({ client }) => client);
  }

  get of(): readonly NodeView[] {
    return this.views(({ id }) => this.ofNodes.includes(id));
  }

  /** Pairs between which it cuts a link, or may again. */
  get severed(): readonly Ends[] {
    return [...this.cuts.values()];
  }

  private views(wanted: (node: WorldNode) => boolean): NodeView[] {
    const views: NodeView[] = [];
    for (const host of this.world.hosts) {
      const node = this.world.nodes[host.index]!;
      if (!wanted(node)) continue;
      const up = host.node !== null;
      const state = this.world.viewOf(host.index);
      const { id, group, region, role = null, labels = NO_LABELS, leads } = node;
      const stopped = this.world.lives.isStopped(host);
      const leading = up && isLeading(state, leads);
      views.push({ id, group, region, role, labels, up, stopped, leads: leading, state });
    }
    return views;
  }

  /** Lets go of everything, the latest first. */
  release(): void {
    for (let undo = this.releases.pop(); undo !== undefined; undo = this.releases.pop()) undo();
    this.felled.clear();
    this.cuts.clear();
  }

  /** How many levers it holds. */
  get pulled(): number {
    return this.releases.length;
  }

  /** Writes down how to let go of something; a part of it may be let go of early. */
  private hold(undo: () => void): Release {
    this.releases.push(undo);
    return () => {
      const at = this.releases.indexOf(undo);
      if (at < 0) return;
      this.releases.splice(at, 1);
      undo();
    };
  }

  after(delayMs: number, action: () => void): void {
    const { world } = this;
    let held = true;
    const done = this.hold(() => {
      held = false;
    });
    world.at(world.now + msToUs(delayMs), () => {
      if (!held) return;
      done();
      action();
    });
  }

  cut(from: NodeId, to: NodeId): Release {
    const { network } = this.world;
    this.cuts.set(`${from} ${to}`, { from, to });
    const mend = network.cut(this.end(from), this.end(to), this.tally);
    return this.hold(this.world.cuts === null ? mend : this.noteCut(from, to, mend));
  }

  private noteCut(from: NodeId, to: NodeId, mend: () => void): () => void {
    const { world } = this;
    const stretch: CutStretch = { from, to, fromUs: world.now, untilUs: Infinity };
    world.cuts?.push(stretch);
    return () => {
      stretch.untilUs = world.now;
      mend();
    };
  }

  shapeLink(from: NodeId, to: NodeId, change: LinkChange): Release {
    const { network } = this.world;
    const ends = [this.end(from), this.end(to)] as const;
    return this.hold(network.shape(...ends, change, this.name, this.tally));
  }

  reset(from: NodeId, to: NodeId): void {
    this.world.network.reset(this.end(from), this.end(to), this.tally);
  }

  countMessages(from: NodeId, to: NodeId, type: string): void {
    const { world } = this;
    world.network.countMessages(world.indexOf(from), world.indexOf(to), type);
  }

  script(from: NodeId, to: NodeId, script: MessageScript): Release {
    const { network } = this.world;
    const ends = [this.end(from), this.end(to)] as const;
    return this.hold(network.script(...ends, script, this.name, this.tally));
  }

  private end(node: NodeId): number {
    this.touched.add(node);
    return this.world.indexOf(node);
  }

  crash(node: NodeId, power = false): Release {
    const host = this.hostOf(node);
    host.downBy.push(this.tally);
    this.felled.add(node);
    this.world.lives.crash(host, power);
    return this.hold(() => this.world.lives.letBoot(host, this.tally));
  }

  pause(node: NodeId): Release {
    const host = this.hostOf(node);
    this.felled.add(node);
    this.world.lives.pause(host, this.tally);
    return this.hold(() => this.world.lives.resume(host, this.tally));
  }

  slowProcessor(node: NodeId, change: ProcessorChange): Release {
    return this.hold(this.hostOf(node).slow(change, this.tally));
  }

  tellToLeave(node: NodeId): boolean {
    const host = this.hostOf(node);
    const { lives } = this.world;
    const { life } = host;
    if (!lives.tellToLeave(host)) return false;
    this.tally.nodesTold++;
    // A farewell cannot be taken back: who is not stopped by then has to start again.
    this.hold(() => {
      if (host.life === life) lives.restart(host);
    });
    return true;
  }

  get absent(): readonly NodeId[] {
    return [...this.keptOut.keys()];
  }

  keepOut(node: NodeId): Release {
    const host = this.hostOf(node);
    this.world.lives.keepOut(host, this.tally);
    const release = this.hold(() => {
      this.keptOut.delete(node);
      this.world.lives.letBoot(host, this.tally);
    });
    this.keptOut.set(node, release);
    return release;
  }

  letIn(node: NodeId): void {
    const { world } = this;
    const host = this.hostOf(node);
    const release = this.keptOut.get(node);
    this.keptOut.delete(node);
    // In an event of its own: a node that dies as it boots does not keep the others out.
    world.at(world.now, () => {
      const { life } = host;
      const wasUp = host.node !== null;
      release?.();
      world.lives.start(host);
      // A node that dies as it boots was let in too.
      if (!wasUp && (host.node !== null || host.life !== life)) this.tally.nodesLetIn++;
    });
  }

  command(node: NodeId, name: string, params: { readonly [name: string]: unknown }): string | null {
    return this.world.lives.command(this.hostOf(node), name, params);
  }

  shapeDisk(node: NodeId, change: DiskChange): Release {
    const host = this.hostOf(node);
    const undo = host.disk.change(change, this.tally, this.streamFor(`disk/${node}`));
    return this.hold(() => {
      undo();
      this.world.lives.letLive(host, this.tally);
    });
  }

  damageDisk(node: NodeId, damage: DiskDamage): number {
    const host = this.hostOf(node);
    const strike = {};
    const count = host.disk.damage(damage, strike, this.tally, this.streamFor(`disk/${node}`));
    this.hold(() => {
      host.disk.mend(strike, this.tally);
      this.world.lives.letLive(host, this.tally);
    });
    return count;
  }

  wipeDisk(node: NodeId): void {
    const host = this.hostOf(node);
    if (host.node !== null) throw new RangeError(`${node} is up: its disk cannot be wiped`);
    this.tally.writesLost += host.wipeDisk();
  }

  shapeClock(node: NodeId, change: ClockChange): Release {
    return this.hold(this.hostOf(node).changeClock(change, this.tally));
  }

  get loads(): readonly LoadView[] {
    return this.world.loads.map(({ name, clients, targets }) => ({ name, clients, targets }));
  }

  changeLoad(load: string, { factor, rampMs }: LoadChange): Release {
    const { dial, clients } = this.loadOf(load);
    const { now } = this.world;
    const surge = { ...this.turned(), factor, fromUs: now, rampUs: msToUs(rampMs) };
    const number = dial.addSurge(surge);
    for (const client of clients) {
      const host = this.hostOf(client);
      if (host.node !== null) host.setTimer(SURGE, 0, number);
    }
    return this.hold(() => dial.removeSurge(number));
  }

  heatKey(load: string, key: string | null, share: number): Release {
    const { dial, clients } = this.loadOf(load);
    for (const client of clients) this.touched.add(client);
    return this.hold(dial.addHeat({ ...this.turned(), key, share }));
  }

  /** What the clients of a load count, and draw from, for this strike. */
  private turned(): { felt: Tally; random(client: NodeId): Random } {
    return { felt: this.tally, random: (client) => this.streamFor(client) };
  }

  private loadOf(name: string): WorldLoad {
    const load = this.world.loads.find((one) => one.name === name);
    if (load === undefined) throw new RangeError(`there is no load ${name}`);
    return load;
  }

  troubleRequests(node: NodeId, trouble: RequestTrouble): Release {
    const stream = this.streamFor(`requests/${node}`);
    return this.hold(this.hostOf(node).trouble(trouble, this.tally, stream));
  }

  /** This fault's stream for one thing that it holds. */
  private streamFor(what: string): Stream {
    return this.world.streams.get(`fault/${this.name}/${what}`);
  }

  private hostOf(node: NodeId): Host {
    return this.world.hosts[this.end(node)]!;
  }
}
