/**
 * The test stage: any nodes, services and systems on the real `World`, with one line a node.
 *
 *     const stage = new Stage();
 *     stage.add('web', () => serving(handle)).add('db', () => answering(5, ok));
 *     stage.ask('web', { type: 'read', key: 'x' });
 *     stage.untilQuiet();
 *     expect(stage.transcript()).toMatchInlineSnapshot(`...`);
 *
 * Time, links, disks, clocks, timers and crashes are those of the kernel: what is tested here has
 * the physics that every scenario has. `worldOf` gives the world alone, for tests of the kernel.
 */
import { constant, type DistributionSpec } from '../../src/sim/distribution.ts';
import type { Levers } from '../../src/sim/fault.ts';
import type { Journal } from '../../src/sim/history.ts';
import type { Interface } from '../../src/sim/interface.ts';
import { Disk } from '../../src/sim/kernel/disk.ts';
import type { Host } from '../../src/sim/kernel/host.ts';
import { HeldLevers } from '../../src/sim/kernel/levers.ts';
import { type LinkSpec, newTally } from '../../src/sim/kernel/network.ts';
import { World } from '../../src/sim/kernel/world.ts';
import type { WorldNode, WorldOptions } from '../../src/sim/kernel/world-spec.ts';
import type { MeasureTable } from '../../src/sim/measure.ts';
import type { Context, Detail, Disconnection, Message, Node, NodeId } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { BoundPolicy } from '../../src/sim/policy.ts';
import type { Reply } from '../../src/sim/rpc.ts';
import type { AnySystem, Place, Views } from '../../src/sim/system.ts';
import { describeEvent, describeMessage, type TraceEvent } from '../../src/sim/trace.ts';
import { msToUs, usToMs } from '../../src/sim/units.ts';

const NOTHING: Detail = {};
/** Messages on a held link would take longer than any test lasts. */
const HELD_MS = 2e6;

export const fastLink: LinkSpec = { latency: constant(1), loss: 0, duplicate: 0, reorder: 0 };
/** What is sent on it stays in flight until the test delivers or drops it. */
export const heldLink: LinkSpec = { ...fastLink, latency: constant(HELD_MS) };

// ---- nodes out of a few functions --------------------------------------------------------------

export interface Body {
  start?(ctx: Context<Message>): void;
  receive?(ctx: Context<Message>, from: NodeId, message: Message): void;
  timeout?(ctx: Context<Message>, tag: string, key: number): void;
  leave?(ctx: Context<Message>): void;
  connected?(ctx: Context<Message>, peer: NodeId): void;
  disconnected?(ctx: Context<Message>, peer: NodeId, why: Disconnection): void;
  inspect?(): Detail;
}

/** A node out of a few functions. A whole `Node` is a body too, but for `command`. */
export function node(body: Body): Node {
  const { leave, connected, disconnected } = body;
  return {
    ...(connected === undefined ? {} : { connected: (ctx, peer) => body.connected?.(ctx, peer) }),
    ...(disconnected === undefined
      ? {}
      : { disconnected: (ctx, peer, why) => body.disconnected?.(ctx, peer, why) }),
    ...(leave === undefined ? {} : { leave: (ctx) => body.leave?.(ctx) }),
    start: (ctx) => body.start?.(ctx),
    receive: (ctx, from, message) => body.receive?.(ctx, from, message),
    timeout: (ctx, tag, key) => body.timeout?.(ctx, tag, key),
    inspect: () => body.inspect?.() ?? NOTHING,
  };
}

// ---- the world alone ---------------------------------------------------------------------------

/**
 * What a test may say of a node. By default it has its own exact clock and a disk of no latency.
 */
export type NodeOptions = Partial<Omit<WorldNode, 'id' | 'create'>>;

/** A row of a world: what is not said is as plain as can be. */
export function worldNode(
  id: NodeId,
  create: WorldNode['create'],
  options: NodeOptions = {},
): WorldNode {
  return {
    id,
    group: 'g',
    members: [id],
    region: null,
    client: false,
    sync: constant(0),
    cpuMessageUs: 0,
    clock: { offsetUs: 0, driftPpm: 0 },
    ...options,
    create,
  };
}

export interface WorldOfOptions extends WorldOptions {
  readonly seed?: string;
  readonly link?: LinkSpec;
  /** Time of a flush, in ms; 0 by default. */
  readonly sync?: DistributionSpec;
  readonly writeBackUs?: number;
  readonly cpuMessageUs?: number;
  /** What nodes may measure; absent: anything. */
  readonly measures?: MeasureTable;
  readonly cores?: number;
  /** The machine that all nodes share; absent: each has its own. */
  readonly machine?: string;
  /** The nodes that each node operates, by its name. */
  readonly operates?: { readonly [id: NodeId]: readonly NodeId[] };
  readonly clock?: { readonly offsetUs: number; readonly driftPpm: number };
}

/** A world of one group of nodes, by name; every boot calls the maker anew. */
export function worldOf(
  makers: { readonly [id: NodeId]: () => Body },
  options: WorldOfOptions = {},
): World {
  const members = Object.keys(makers);
  const { sync, writeBackUs, cpuMessageUs, measures, cores, machine, operates, clock } = options;
  const common: NodeOptions = {
    members,
    ...(sync === undefined ? {} : { sync }),
    ...(writeBackUs === undefined ? {} : { writeBackUs }),
    ...(cpuMessageUs === undefined ? {} : { cpuMessageUs }),
    ...(measures === undefined ? {} : { measures }),
    ...(cores === undefined ? {} : { cores }),
    ...(machine === undefined ? {} : { machine }),
    ...(clock === undefined ? {} : { clock }),
  };
  const nodes = Object.entries(makers).map(([id, make]) => {
    const operated = operates?.[id];
    const own = operated === undefined ? common : { ...common, operates: operated };
    return worldNode(id, () => node(make()), own);
  });
  const link = options.link ?? fastLink;
  const seed = options.seed ?? '1';
  return new World({ seed, nodes, link: () => link, invariants: new Map() }, options);
}

/** The rows kept, one line each, without message bodies. */
export function lines(world: World, wanted: (event: TraceEvent) => boolean = () => true): string[] {
  return [...world.recorder.rows()].filter(wanted).map(describeEvent);
}

/** A disk that no node has: its writes are durable at once. */
export function diskAlone(): Disk {
  return new Disk({ needFlush() {}, needSync() {}, notifySoon() {} }, true);
}

// ---- where a node stands -----------------------------------------------------------------------

export interface PlaceOptions {
  readonly group?: string;
  readonly role?: string;
  readonly members?: readonly NodeId[];
  /** Those that the group begins with; all without it. */
  readonly initial?: readonly NodeId[];
  /** The members in each role. */
  readonly roles?: { readonly [role: string]: readonly NodeId[] };
  readonly groups?: { readonly [name: string]: readonly NodeId[] };
  readonly policies?: { readonly [target: string]: readonly BoundPolicy[] };
  readonly answers?: readonly Interface[];
  readonly regions?: { readonly [node: NodeId]: string };
  readonly cores?: number;
}

/** The place of a node on the stage. A name that is no group is a node. */
export function placeOf(self: NodeId, options: PlaceOptions = {}): Place {
  const { members = [self], roles = {}, regions = {} } = options;
  const groups = new Map(Object.entries(options.groups ?? {}));
  const policies = new Map(Object.entries(options.policies ?? {}));
  return {
    self,
    group: options.group ?? self,
    index: Math.max(0, members.indexOf(self)),
    role: options.role ?? null,
    members,
    initial: options.initial ?? members,
    region: regions[self] ?? null,
    machine: null,
    cores: options.cores ?? 1,
    of: (role) => roles[role] ?? [],
    regionOf: (id) => regions[id] ?? null,
    label: () => null,
    answers: options.answers ?? [],
    resolve: (name) => groups.get(name) ?? [name],
    policiesFor: (target) => policies.get(target) ?? [],
    policyNameOf: (id) => {
      if (policies.has(id)) return id;
      return [...groups].find(([, nodes]) => nodes.includes(id))?.[0] ?? id;
    },
  };
}

// ---- the stage ---------------------------------------------------------------------------------

export interface StageOptions extends WorldOptions {
  readonly seed?: string;
  /** Of every link, or by its ends. 1 ms and no loss by default. */
  readonly link?: LinkSpec | ((from: NodeId, to: NodeId) => LinkSpec);
  /** Time of a flush, in ms; 0 by default: writes are durable at once. */
  readonly diskMs?: number;
  /**
   * Names that are no nodes, and yet send and get messages; `client` always is one. What they get
   * is in `sent`.
   */
  readonly outside?: readonly NodeId[];
  /** Keep every event, for `trace`. */
  readonly traced?: boolean;
}

/** A message as it was sent. */
export interface Sent {
  readonly atMs: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
  /** Its number in the run. */
  readonly id: number;
}

export type Wanted = (sent: Sent) => boolean;

/** A system on the stage: parameters that differ from the defaults, its place, a bug of it. */
export interface SystemOptions extends NodeOptions {
  readonly params?: { readonly [name: string]: unknown };
  readonly place?: PlaceOptions;
  readonly bug?: string;
}

export class Stage {
  /** Every message sent, the oldest first; the requests of `ask` are handed over, not sent. */
  readonly sent: Sent[] = [];
  /** Notes of nodes: `web slow {"ms":5}`. */
  readonly notes: string[] = [];
  /** What is on its way over held links, in the order sent. */
  readonly inFlight: Sent[] = [];
  /** Called for each message as it is sent. */
  onSent: ((sent: Sent) => void) | null = null;
  private readonly options: StageOptions;
  private readonly cast: WorldNode[] = [];
  private running: World | null = null;
  private readonly events: TraceEvent[] = [];
  private requests = 0;
  /** The answers among the first of `sent`, the last of which is this. */
  private readonly replies = new Map<number, Reply>();
  private replied = 0;
  private lastSeen: Sent | undefined;

  constructor(options: StageOptions = {}) {
    this.options = options;
  }

  // ---- who is on it --------------------

  /** Puts a node on the stage. All stand before the first thing happens; they boot at 0 ms. */
  add(id: NodeId, make: (journal: Journal) => Node<never>, options: NodeOptions = {}): this {
    if (this.running !== null) throw new Error(`${id} is too late: the world is running`);
    const { diskMs = 0 } = this.options;
    this.cast.push(
      worldNode(id, make as WorldNode['create'], { sync: constant(diskMs), ...options }),
    );
    return this;
  }

  /** Puts a node out of a few functions on the stage. */
  addBody(id: NodeId, make: () => Body, options: NodeOptions = {}): this {
    return this.add(id, () => node(make()), options);
  }

  /**
   * Puts a node of a system on the stage; it may measure and note what the system declares.
   * RangeError for a bug that the system does not have.
   */
  addSystem(id: NodeId, system: AnySystem, options: SystemOptions = {}): this {
    const { params = {}, place = {}, bug = null, ...more } = options;
    if (bug !== null && !Object.hasOwn(system.bugs, bug)) {
      throw new RangeError(`${system.name} has no bug ${bug}`);
    }
    const values = defaultsOf(system.params, params as never);
    const make = () => system.create(values, placeOf(id, place), bug);
    return this.add(id, make, {
      kind: system.name,
      retriesFlush: system.bugs[bug ?? '']?.retriesFlush === true,
      ...(system.measures === undefined ? {} : { measures: system.measures }),
      ...(place.members === undefined ? {} : { members: place.members }),
      ...more,
    });
  }

  /** The world itself; it is built, and all nodes have booted, when it is first asked for. */
  get world(): World {
    if (this.running === null) {
      this.running = this.build();
      this.run(0);
    }
    return this.running;
  }

  private build(): World {
    const { seed = '1', link = fastLink, outside = [], ...options } = this.options;
    const nodes = [...this.cast];
    for (const id of new Set(['client', ...outside])) {
      if (nodes.some((one) => one.id === id)) continue;
      nodes.push(worldNode(id, () => node({}), { group: 'outside', client: true }));
    }
    const ends = (i: number) => (nodes[i] as WorldNode).id;
    const linkOf = (from: number, to: number) =>
      typeof link === 'function' ? link(ends(from), ends(to)) : link;
    const sink = { event: (event: TraceEvent) => this.hear(event) };
    return new World({ seed, nodes, link: linkOf, invariants: new Map() }, { ...options, sink });
  }

  private host(id: NodeId): Host {
    const { world } = this;
    return world.hosts[world.indexOf(id)] as Host;
  }

  /** The node of this life. Throws if it is down. */
  node(id: NodeId): Node {
    const { node } = this.host(id);
    if (node === null) throw new Error(`${id} is down`);
    return node;
  }

  // ---- what happens by hand --------------------

  /** Hands over a request of the client now; returns its id, by which `answers` finds the reply. */
  ask(
    to: NodeId,
    body: Message & { readonly [field: string]: unknown },
    timeoutMs: number | null = null,
  ): number {
    this.requests++;
    const id = this.requests;
    this.inject('client', to, {
      ...body,
      id,
      session: 's',
      serial: id,
      attempt: 1,
      timeoutMs,
    } as Message);
    return id;
  }

  /** Hands over any message now, from whoever is on the stage. */
  inject(from: NodeId, to: NodeId, message: Message, atMs: number | null = null): this {
    if (atMs !== null) return this.at(atMs, () => void this.inject(from, to, message));
    const { world } = this;
    this.handOver(from, to, message, ++world.network.sent);
    return this;
  }

  /** As the world does when a message has arrived: a paused or busy node gets it later. */
  private handOver(from: NodeId, to: NodeId, message: Message, id: number): void {
    const { world } = this;
    const host = this.host(to);
    const link = world.network.number(world.indexOf(from), host.index);
    const slot = world.mail.put(world.recorder.typeOf(message.type), id, message);
    world.handle(host, () => {
      if (host.unready && host.node !== null) world.arrivals.arrive(host, slot, link);
      else world.deliver(host, slot, link);
    });
  }

  /** Delivers what is in flight on held links now, as far as it is wanted, in the order sent. */
  deliver(wanted: Wanted | Sent = () => true): this {
    for (const sent of this.take(wanted)) this.again(sent);
    return this;
  }

  /** Delivers a message as it was sent, whether or not it still is in flight: a copy of it. */
  again({ from, to, message, id }: Sent): this {
    this.handOver(from, to, message, id);
    return this;
  }

  /** Loses what is in flight on held links. */
  drop(wanted: Wanted | Sent = () => true): this {
    this.take(wanted);
    return this;
  }

  private take(wanted: Wanted | Sent): readonly Sent[] {
    const test = typeof wanted === 'function' ? wanted : (sent: Sent) => sent === wanted;
    const taken = this.inFlight.filter(test);
    for (const sent of taken) this.inFlight.splice(this.inFlight.indexOf(sent), 1);
    return taken;
  }

  /** Stops a node dead, until it is booted by hand. */
  crash(id: NodeId): this {
    this.world.lives.crash(this.host(id));
    return this;
  }

  boot(id: NodeId): this {
    this.world.lives.boot(this.host(id));
    return this;
  }

  /** Pauses a node for so long. */
  pause(id: NodeId, ms: number): this {
    const release = this.levers().pause(id);
    return this.after(ms, () => release());
  }

  /** The levers of a fault that strikes now: links, disks, clocks, processors and lives. */
  levers(name = 'by hand'): Levers {
    return new HeldLevers(this.world, name, [], newTally());
  }

  /** Does something at a time. */
  at(ms: number, action: () => void): this {
    this.world.at(msToUs(ms), action);
    return this;
  }

  after(ms: number, action: () => void): this {
    this.world.at(this.world.now + msToUs(ms), action);
    return this;
  }

  // ---- time --------------------

  get nowMs(): number {
    return usToMs(this.world.now);
  }

  /** Runs all that is due up to this moment. */
  until(ms: number): this {
    this.world;
    return this.run(msToUs(ms));
  }

  /** Runs all that is due within so long. */
  step(ms: number): this {
    return this.until(this.nowMs + ms);
  }

  /** Runs until nothing is left to do, but for what held links hold. */
  untilQuiet(): this {
    const { world } = this;
    const before = world.now;
    this.run(msToUs(HELD_MS) - 1);
    world.now = Math.max(before, world.queue.at);
    world.recorder.now = world.now;
    return this;
  }

  /** Throws what a handler threw, or what an invariant found. */
  private run(untilUs: number): this {
    const world = this.running as World;
    world.run(untilUs);
    if (world.error !== null) throw world.thrown;
    return this;
  }

  // ---- what is seen --------------------

  private hear(event: TraceEvent): void {
    if (event.type === 'send') this.hearSent(event.from, event.to, event.id, event);
    else if (event.type === 'note') {
      const detail = JSON.stringify(event.detail);
      this.notes.push(`${event.node} ${event.label}${detail === '{}' ? '' : ` ${detail}`}`);
    }
    if (this.options.traced === true) this.events.push(event);
  }

  private hearSent(from: NodeId, to: NodeId, id: number, event: TraceEvent): void {
    if (!('message' in event) || event.message === undefined) return;
    const sent: Sent = { atMs: usToMs(event.atUs), from, to, message: event.message, id };
    this.sent.push(sent);
    if (this.isHeld(from, to)) this.inFlight.push(sent);
    this.onSent?.(sent);
  }

  private isHeld(from: NodeId, to: NodeId): boolean {
    const { link = fastLink } = this.options;
    return from !== to && (typeof link === 'function' ? link(from, to) : link) === heldLink;
  }

  /** What was sent since the last look, one line each: `12ms a→b read key=x`. */
  transcript(wanted: Wanted = () => true): string {
    return this.sent
      .splice(0)
      .filter(wanted)
      .map(({ atMs, from, to, message }) => `${atMs}ms ${from}→${to} ${describeMessage(message)}`)
      .join('\n');
  }

  /** Everything that happened since the last look, in the text of the trace: if `traced`. */
  trace(wanted: (event: TraceEvent) => boolean = () => true): string {
    if (this.options.traced !== true) throw new Error('the stage keeps no trace: traced: true');
    return this.events.splice(0).filter(wanted).map(describeEvent).join('\n');
  }

  /** The answers sent to the client, by request id. Asked after every step of long waits. */
  answers(): ReadonlyMap<number, Reply> {
    const { sent, replies } = this;
    if (this.replied > sent.length || sent[this.replied - 1] !== this.lastSeen) {
      replies.clear();
      this.replied = 0;
    }
    for (; this.replied < sent.length; this.replied++) {
      const { to, message } = sent[this.replied] as Sent;
      if (to !== 'client' || !('inReplyTo' in message)) continue;
      replies.set((message as Reply).inReplyTo, message as Reply);
    }
    this.lastSeen = sent.at(-1);
    return replies;
  }

  /** The timers of a node that are set: `call 3`, in the order they are due. */
  timersOf(id: NodeId): readonly string[] {
    return this.host(id)
      .timersSet()
      .map(({ tag, key }) => `${tag} ${key}`);
  }

  /** What nodes measured: `lb picks 1 of web-2`, measure by measure. */
  measured(): readonly string[] {
    return this.world.recorder.measured.series.flatMap((series) => {
      const of = series.of === null ? '' : ` of ${series.of}`;
      const values = [...series.values.subarray(0, series.length)];
      return values.map((value) => `${series.node} ${series.name} ${value}${of}`);
    });
  }

  /** What `inspect()` of each node that is up shows, but for those outside. */
  views(): Views {
    const { world } = this;
    const up = this.cast.filter(({ id }) => this.host(id).node !== null);
    return new Map(up.map(({ id }) => [id, world.viewOf(world.indexOf(id))]));
  }
}
