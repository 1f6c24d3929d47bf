/**
 * Drives one node by hand: `drive(make, 'n1', ['n2', 'n3'])` boots it in a world of its own, with
 * peers that only listen.
 *
 * Its context, timers, disk, clock and lives are those of the real `World`; the test takes the
 * place of the queue, so nothing happens by itself. The test delivers messages (`receive`), moves
 * the clock (`advance`), and ends the flushes of the disk (`flush`), or has a disk that writes at
 * once (the default). What the node did is read as a transcript in the canonical text of
 * `trace.ts`, one line each, which makes an inline snapshot:
 *
 *     const n1 = drive(() => new QuorumRegister(500), 'n1', ['n2', 'n3']);
 *     n1.receive('c', { type: 'read', id: 7, key: 'x' });
 *     expect(n1.sent()).toMatchInlineSnapshot(`...`);
 */
import { constant } from '../../src/sim/distribution.ts';
import type { DiskLog } from '../../src/sim/kernel/disk-log.ts';
import type { Host } from '../../src/sim/kernel/host.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import { FLUSH } from '../../src/sim/kernel/rows.ts';
import type { Timer } from '../../src/sim/kernel/timers.ts';
import { World } from '../../src/sim/kernel/world.ts';
import type { Detail, Message, Node, NodeId, Random, Storage } from '../../src/sim/node.ts';
import { describeEvent, describeMessage, type TraceEvent } from '../../src/sim/trace.ts';
import { msToUs, usToMs } from '../../src/sim/units.ts';
import { fixedRandom } from './fixed-random.ts';
import { fastLink, node, worldNode } from './stage.ts';

export interface DriveOptions {
  /** A stream of its own; without it a fixed one, the same for every node. */
  readonly random?: Random;
  /** `at-once`: writes are durable as they are made. `by-hand`: a flush ends by `flush` only. */
  readonly disk?: 'at-once' | 'by-hand';
  /** What was on the disk before the first boot. */
  readonly storage?: (storage: Storage) => void;
  /** Clients and others that it hears from; `c` and `client` by default. */
  readonly outside?: readonly NodeId[];
  /** No transcript is kept: for tests of many thousand steps. */
  readonly quiet?: boolean;
}

const OUTSIDE: readonly NodeId[] = ['c', 'client'];

/** A message that has left the node. */
export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** The messages that a node takes. */
export type MessageOf<N> = N extends Node<infer M> ? M : never;

/** Boots a node. `make` is called again by `restart`: a crash takes the object with it. */
export function drive<N extends Node<never>>(
  make: () => N,
  self: NodeId,
  peers: readonly NodeId[],
  options: DriveOptions = {},
): Driven<N> {
  return new Driven(make, self, peers, options);
}

export class Driven<N extends Node<never>> {
  readonly self: NodeId;
  readonly random: Random;
  private readonly world: World;
  private readonly host: Host;
  private readonly quiet: boolean;
  private outbox: Sent[] = [];
  private lines: string[] = [];
  private sentLines: string[] = [];

  constructor(
    make: () => N,
    self: NodeId,
    peers: readonly NodeId[],
    { random, disk = 'at-once', storage, outside = OUTSIDE, quiet = false }: DriveOptions,
  ) {
    this.self = self;
    this.quiet = quiet;
    this.random = random ?? fixedRandom(1);
    const members = [self, ...peers];
    const sync = constant(disk === 'by-hand' ? 1 : 0);
    const nodes = [worldNode(self, make as unknown as () => Node, { members, sync })];
    for (const id of new Set([...peers, ...outside])) {
      if (id !== self) nodes.push(worldNode(id, () => node({})));
    }
    const sink = { event: (event: TraceEvent) => this.hear(event) };
    const spec = { seed: '1', nodes, link: () => fastLink, invariants: new Map() };
    this.world = new World(spec, { sink });
    this.host = this.world.hosts[0] as Host;
    Object.assign(this.host, { random: this.random });
    storage?.(this.storage);
    if (this.host.flushDue) this.host.startFlush();
    if (this.host.disk.flushing) this.host.endFlush();
    this.restart();
  }

  // ---- what the test does --------------------------------------------------------------------

  /** The node of this life. Throws when it is down. */
  get node(): N {
    if (this.host.node === null) throw new Error(`${this.self} is down`);
    return this.host.node as unknown as N;
  }

  get up(): boolean {
    return this.host.node !== null;
  }

  get storage(): Storage {
    return this.host.storage;
  }

  /** Delivers a message. */
  receive(from: NodeId, message: MessageOf<N>): this {
    if (!this.up) throw new Error(`${this.self} is down`);
    const { world, host } = this;
    const sent = message as unknown as Message;
    const link = world.network.number(world.indexOf(from), host.index);
    const slot = world.mail.put(world.recorder.typeOf(sent.type), ++world.network.sent, sent);
    return this.act(() => world.deliver(host, slot, link));
  }

  /** Moves the clock on; fires the timers that come due, in their order. */
  advance(ms: number): this {
    const untilMs = this.now() + ms;
    while (this.nextTimerAtMs <= untilMs) this.fireNext();
    return this.tick(untilMs);
  }

  /**
   * Moves the clock to a time without firing anything: what comes due is fired late, as after a
   * pause.
   */
  tick(toMs: number): this {
    const { world } = this;
    world.now = Math.max(world.now, msToUs(toMs));
    world.recorder.now = world.now;
    return this;
  }

  /** Fires the timer that is due next, whenever that is; the clock moves there. */
  fireNext(): this {
    const [next] = this.host.timersSet();
    if (next === undefined) throw new Error(`${this.self} has set no timer`);
    return this.fire(next);
  }

  /** Moves the clock to the timer with this tag and fires it, and none of those before it. */
  fireTimer(tag: string, key = 0): this {
    const timer = this.host.timersSet().find((each) => each.tag === tag && each.key === key);
    if (timer === undefined) throw new Error(`${this.self} has set no timer ${tag}`);
    return this.fire(timer);
  }

  /**
   * Ends this many flushes of the disk, and lets go what waited for them; without a number as many
   * as it takes until all that is written now is durable.
   */
  flush(flushes = Infinity): this {
    const { disk } = this.host;
    const { issued } = disk;
    for (let n = 0; n < flushes && disk.flushing && disk.durable < issued; n++) this.endFlush();
    return this;
  }

  /** Stops dead. Of the writes under way the oldest `surviving` have reached the disk. */
  crash(surviving = 0): this {
    const { disk } = this.host;
    if (surviving > 0) disk.makeSafe(disk.durable + surviving);
    this.world.lives.crash(this.host);
    return this;
  }

  /** Its disk is empty from now on. It must be down. */
  loseDisk(): this {
    this.host.wipeDisk();
    return this;
  }

  /** Boots again, with what was durable. */
  restart(): this {
    if (this.up) throw new Error(`${this.self} is up`);
    return this.act(() => this.world.lives.boot(this.host));
  }

  /** Gives it an operator's command. */
  command(name: string, params: { readonly [name: string]: unknown } = {}): this {
    return this.act(() => this.host.node?.command?.(this.host, name, params));
  }

  /** From now on a crash leaves some of the writes that were not durable, the last of them torn. */
  tearInCrashes(): this {
    this.host.disk.change({ tears: 'logs' }, newTally(), new Streams(this.self).get('tears'));
    return this;
  }

  /** Damages one record of a log: whoever reads it is told that its checksum is wrong. */
  damageRecord(log: string, index: number): this {
    const tally = newTally();
    this.host.disk.heldBy.push(tally);
    const damaged = this.host.disk.log(log) as unknown as DiskLog;
    damaged.mark(index, { strike: {}, tally, torn: false, altered: undefined });
    return this;
  }

  /** The disk has no room from now on, until the function returned is called. */
  fillDisk(): () => void {
    return this.host.disk.change({ full: true }, newTally(), new Streams(this.self).get('full'));
  }

  // ---- what the test looks at ----------------------------------------------------------------

  /** The messages that left since the last call, as text. */
  sent(): string {
    return this.sentLines.splice(0).join('\n');
  }

  /** The messages that left since the last call of `take` or `drop`. */
  take(): Sent[] {
    if (this.outbox.length === 0) return [];
    const taken = this.outbox;
    this.outbox = [];
    return taken;
  }

  /** Everything that happened since the last call, as text. */
  transcript(): string {
    this.sentLines = [];
    return this.lines.splice(0).join('\n');
  }

  /** Forgets what happened so far: what follows is what the test is about. */
  forget(): this {
    this.lines = [];
    this.sentLines = [];
    this.outbox = [];
    return this;
  }

  /** The messages that wait for the disk, as text. */
  waiting(): string {
    const { self, world } = this;
    return this.host.held
      .map(({ to, message }) => `${self}→${world.nameOf(to)} ${describeMessage(message)}`)
      .join('\n');
  }

  /** When the next timer is due; Infinity without one. */
  get nextTimerAtMs(): number {
    const [next] = this.host.timersSet();
    return next === undefined ? Infinity : usToMs(this.world.timers.deadlineOf(next));
  }

  /** The timers set: `election 150`, in the order they are due. */
  timersSetFor(): string[] {
    return this.host.timersSet().map((timer) => {
      const atMs = usToMs(this.world.timers.deadlineOf(timer));
      return `${timer.tag}${timer.key === 0 ? '' : ` ${timer.key}`} ${atMs}`;
    });
  }

  /** Writes issued and not durable yet. */
  get dirty(): number {
    return this.host.disk.issued - this.host.disk.durable;
  }

  /** What it measured, measure by measure: name, value, and of what if it said so. */
  get measured(): readonly (readonly [name: string, value: number, of?: string])[] {
    return this.world.recorder.measured.series.flatMap(({ name, of, length, values }) =>
      [...values.subarray(0, length)].map((value) =>
        of === null ? ([name, value] as const) : ([name, value, of] as const),
      ),
    );
  }

  inspect(): Detail {
    return this.node.inspect?.() ?? {};
  }

  now(): number {
    return this.host.now();
  }

  // ---- in place of the queue -----------------------------------------------------------------

  /** Runs a handler, and what it leads to at this very instant: a `sync` of what is durable. */
  private act(handler: () => void): this {
    const late = new Set(this.dueTimers());
    this.world.handle(this.host, handler);
    for (let next = this.dueTimers(); ; next = this.dueTimers()) {
      const soon = next.find((timer) => !late.has(timer));
      if (soon === undefined) break;
      this.world.handle(this.host, () => this.world.fire(this.host, soon));
    }
    this.world.queue.clear();
    return this;
  }

  private dueTimers(): readonly Timer[] {
    const { timers, now } = this.world;
    return this.host.timersSet().filter((timer) => timers.deadlineOf(timer) <= now);
  }

  private fire(timer: Timer): this {
    this.tick(usToMs(this.world.timers.deadlineOf(timer)));
    return this.act(() => this.world.fire(this.host, timer));
  }

  private endFlush(): void {
    this.act(() => {
      this.world.recorder.life(FLUSH, this.host.index);
      this.host.endFlush();
    });
  }

  private hear(event: TraceEvent): void {
    if (event.type === 'send' && event.message !== undefined) {
      this.outbox.push({ from: event.from, to: event.to, message: event.message });
    }
    if (this.quiet) return;
    const line = describeEvent(event);
    const timeless = line.slice(line.indexOf(' ') + 1);
    this.lines.push(timeless);
    if (event.type === 'send') this.sentLines.push(timeless);
  }
}

// ---- several of them ---------------------------------------------------------------------------

export type Wanted = (sent: Sent) => boolean;

/**
 * Several driven nodes and the mail between them, delivered by hand: what is under way stays under
 * way until the test delivers it, drops it, or cuts the link that it is on. Messages to anybody
 * outside are kept as answers.
 */
export class HandCluster<N extends Node<never>> {
  readonly nodes: ReadonlyMap<NodeId, Driven<N>>;
  /** Under way, in the order sent. */
  mail: Sent[] = [];
  /** What has left for clients. */
  answers: Sent[] = [];
  private readonly cuts = new Set<string>();

  constructor(nodes: readonly Driven<N>[]) {
    this.nodes = new Map(nodes.map((node) => [node.self, node]));
    this.collect();
  }

  at(id: NodeId): Driven<N> {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** A message from outside. */
  ask(client: NodeId, to: NodeId, message: MessageOf<N>): this {
    this.at(to).receive(client, message);
    return this.collect();
  }

  /** Fires a timer of one node. */
  fire(id: NodeId, tag: string): this {
    this.at(id).fireTimer(tag);
    return this.collect();
  }

  /** Delivers the mail under way now, as far as it is wanted, and not what it leads to. */
  deliver(wanted: Wanted = () => true): this {
    for (const sent of this.takeMail(wanted)) this.hand(sent);
    return this;
  }

  /** Delivers until nothing wanted is under way any more. */
  settle(wanted: Wanted = () => true): this {
    for (let rounds = 0; this.mail.some(wanted); rounds++) {
      if (rounds > 1000) throw new Error('the nodes never fall silent');
      this.deliver(wanted);
    }
    return this;
  }

  drop(wanted: Wanted = () => true): this {
    this.takeMail(wanted);
    return this;
  }

  /** Hands over one message; what is on a cut link, or for a node that is down, is lost. */
  hand({ from, to, message }: Sent): this {
    const node = this.nodes.get(to);
    if (node?.up === true && !this.isCut(from, to)) node.receive(from, message as MessageOf<N>);
    return this.collect();
  }

  /** Cuts the links between the nodes of one side and those of the other, both ways. */
  cut(side: readonly NodeId[], other: readonly NodeId[]): this {
    for (const a of side) {
      for (const b of other) this.cuts.add(`${a}→${b}`).add(`${b}→${a}`);
    }
    return this;
  }

  cutOneWay(from: NodeId, to: NodeId): this {
    this.cuts.add(`${from}→${to}`);
    return this;
  }

  isolate(id: NodeId): this {
    return this.cut(
      [id],
      [...this.nodes.keys()].filter((each) => each !== id),
    );
  }

  heal(): this {
    this.cuts.clear();
    return this;
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.cuts.size > 0 && this.cuts.has(`${from}→${to}`);
  }

  /** Takes what the nodes have sent. A message on a cut link is lost as it leaves. */
  collect(): this {
    for (const node of this.nodes.values()) {
      for (const sent of node.take()) {
        if (!this.nodes.has(sent.to)) this.answers.push(sent);
        else if (!this.isCut(sent.from, sent.to)) this.mail.push(sent);
      }
    }
    return this;
  }

  private takeMail(wanted: Wanted): readonly Sent[] {
    const taken = this.mail.filter(wanted);
    this.mail = this.mail.filter((sent) => !wanted(sent));
    return taken;
  }
}
