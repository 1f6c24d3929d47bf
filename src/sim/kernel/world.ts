/**
 * The world: virtual time, the hosts on it, and the loop that takes one event after another.
 *
 * The total order of a run is (time, insertion number). A handler runs to completion at one
 * instant; what it sends, sets and writes becomes events. The loop has no closure, promise or
 * iterator on its way: an event is a row, a message is the sender's object in a slot.
 */
import { type Detail, type Message, type NodeId, StorageError } from '../node.ts';
import { Arrivals, TO_ONESELF } from './arrivals.ts';
import { Clock } from './clock.ts';
import { Connections } from './connections.ts';
import { compile } from './distribution.ts';
import {
  COMPUTED,
  CONNECTION,
  CONTROL,
  DELAYED,
  DELIVERY,
  FLUSHED,
  TIMEOUT,
  WAKE,
} from './event-kinds.ts';
import { kindOf, LivelockError, lastLines, type WorldError, worldError } from './failure.ts';
import { deepFreeze } from './freeze.ts';
import { afterRun, guardHost } from './guard.ts';
import { hash32 } from './hash.ts';
import { Host } from './host.ts';
import { Interner } from './interner.ts';
import { Lives } from './life.ts';
import { ADMITTED } from './link.ts';
import { Mail } from './mail.ts';
import { BARRED, CLIENT, FLAGS, FROM, HASH, Network, ROW, SPECIAL } from './network.ts';
import { operatorFor } from './operator.ts';
import { Pace } from './pace.ts';
import { type Processor, processorsOf } from './processor.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';
import { Recorder } from './recorder.ts';
import { BY_DOWN, FLUSH } from './rows.ts';
import { Sending } from './sending.ts';
import { type Timer, TimerTable } from './timers.ts';
import { viewOf, Watch } from './watch.ts';
import type { CutStretch, WorldLoad, WorldNode, WorldOptions, WorldSpec } from './world-spec.ts';

/** A message to oneself takes this long. */
const LOCAL_US = 1;
/** Events in one stretch of the loop. */
const STRETCH = 256;
const ERA_US = 4294967296;
/** More events than this at one instant are a loop that makes no progress. */
const INSTANT_EVENTS_MAX = 1_000_000;

export class World {
  /** True virtual time in µs. */
  now = 0;
  /** Events popped. */
  events = 0;
  readonly hosts: readonly Host[];
  readonly nodes: readonly WorldNode[];
  readonly loads: readonly WorldLoad[];
  readonly network: Network;
  readonly recorder: Recorder;
  readonly streams: Streams;
  readonly watch: Watch;
  readonly lives: Lives;
  readonly arrivals: Arrivals;
  readonly connections: Connections;
  readonly sending: Sending;
  /** When links were cut; null unless that is asked. */
  readonly cuts: CutStretch[] | null;
  error: WorldError | null = null;
  /** What was thrown, itself, when `error` comes of that: its class says more than its text. */
  thrown: unknown = null;

  readonly timers: TimerTable;
  readonly queue = new EventQueue();
  readonly mail = new Mail();
  private readonly operatorOf = (host: Host) =>
    operatorFor(this, host, this.nodes[host.index]!.operates);
  // Shared by nodes as long as no fault holds them.
  private readonly paces = new Map<number, Pace>();
  private readonly clocks = new Map<WorldNode['clock'], Clock>();
  private readonly names = new Interner();
  private readonly nameHashes: Int32Array;
  readonly strict: boolean;
  private readonly eventsMax: number;
  private readonly controls: (() => void)[] = [];
  /** Actions that come before all else of their time, the earliest first. */
  private readonly openings: { readonly atUs: number; readonly action: () => void }[] = [];
  /** How far the loop may go: to the end asked for, or to the next opening. */
  private limitUs = 0;
  private current = -1;
  private instant = 0;
  private readonly instantMax: number;
  private nextEraUs = ERA_US;

  constructor(spec: WorldSpec, options: WorldOptions = {}) {
    this.nodes = spec.nodes;
    this.loads = spec.loads ?? [];
    this.cuts = spec.keepCuts === true ? [] : null;
    // All boot in the first one.
    this.instantMax = Math.max(INSTANT_EVENTS_MAX, 4 * spec.nodes.length);
    this.timers = new TimerTable(this.queue);
    this.strict = options.strict === true;
    this.eventsMax = options.eventsMax ?? Infinity;
    this.watch = new Watch(spec.nodes, options.checkInvariants === true ? spec.invariants : null);
    this.lives = new Lives(this);
    this.arrivals = new Arrivals(this);
    this.streams = new Streams(spec.seed);
    const names = spec.nodes.map((node) => node.id);
    for (const name of names) {
      if (this.names.has(name)) throw new RangeError(`two nodes are called ${name}`);
      this.names.add(name);
    }
    this.nameHashes = Int32Array.from(names, (name) => hash32(name));
    const client = spec.nodes.map((node) => node.client);
    this.network = new Network(names, spec.link, this.streams, client);
    this.connections = new Connections(this);
    this.sending = new Sending(this);
    this.recorder = new Recorder({
      names,
      client,
      sink: options.sink ?? null,
      keepAll: options.keepRows === true,
      payload: options.payloadDigest ?? this.strict,
      off: options.traceOff === true,
      measures: spec.nodes.map(({ id, kind, group, measures }) => {
        return { node: id, kind: kind ?? group, measures: measures ?? null };
      }),
      messageRows: spec.messageRows ?? 'none',
      askedNotes: spec.askedNotes ?? new Set(),
    });
    const processors = processorsOf(spec.nodes);
    this.hosts = spec.nodes.map((node, i) => this.newHost(node, i, processors[i] ?? null));
    // They boot in their order: one action for all of them, since a group may have a million.
    let booted = 0;
    const bootNext = () => this.lives.bootFirst(this.hosts[booted++]!);
    for (const host of this.hosts) {
      if (spec.nodes[host.index]!.spare === true) this.lives.keepSpare(host);
      this.at(0, bootNext);
    }
  }

  private newHost(node: WorldNode, index: number, processor: Processor | null): Host {
    const instant = node.sync.kind === 'constant' && node.sync.value === 0;
    return new Host(this, index, {
      id: node.id,
      members: node.members,
      random: this.streams.make(`node/${node.id}`),
      sync: instant ? null : compile(node.sync),
      writeBackUs: node.writeBackUs ?? null,
      retriesFlush: node.retriesFlush ?? false,
      pace: known(this.paces, node.cpuMessageUs, (us) => new Pace(us, true)),
      clock: known(this.clocks, node.clock, (of) => new Clock(of.offsetUs, of.driftPpm, true)),
      kind: node.kind ?? node.group,
      notes: node.notes ?? null,
      processor,
      cores: node.cores ?? 1,
      operator: this.operatorOf,
    });
  }

  /** The number of a node; throws RangeError for a name that nobody has. */
  indexOf(name: NodeId): number {
    const index = this.names.find(name);
    if (index < 0) throw new RangeError(`there is no node ${name}`);
    return index;
  }

  nameOf(index: number): NodeId {
    return this.nodes[index]!.id;
  }

  /**
   * Runs an action of the scenario (a fault, a phase) at a time, before later-queued events of that
   * instant.
   */
  at(atUs: number, action: () => void): void {
    this.controls.push(action);
    this.queue.push(atUs, CONTROL, this.controls.length - 1, 0, 0);
  }

  /**
   * Runs an action of the scenario before everything else of a time to come, however late it is
   * planned: a strike that is planned as the run goes on comes when one written down would.
   */
  atOpening(atUs: number, action: () => void): void {
    if (atUs <= this.now) return this.at(atUs, action);
    const { openings } = this;
    const after = openings.findIndex((one) => one.atUs > atUs);
    openings.splice(after < 0 ? openings.length : after, 0, { atUs, action });
    this.limitUs = Math.min(this.limitUs, atUs - 1);
  }

  /** Calls `timeout(tag, 0)` of an up node, as a timer of its own would; false if it is down. */
  poke(index: number, tag: string): boolean {
    const host = this.hosts[index]!;
    if (host.node === null) return false;
    host.setTimer(tag, 0);
    return true;
  }

  /** Runs the events up to a time, included; stops early at an error. */
  run(untilUs: number): void {
    guardHost(() => {
      while (!this.runOn(() => this.loop(untilUs)));
      this.runOn(afterRun);
    });
    if (this.error === null && untilUs > this.now) this.now = untilUs;
    this.recorder.now = this.now;
  }

  /** All random draws differ from now on. Call it between two calls of `run`. */
  branch(salt: number): void {
    this.streams.branch(salt);
    this.network.branch();
    for (const host of this.hosts) host.branch();
  }

  /** False if a node died of what was thrown, and the others go on. The first error stands. */
  private runOn(work: () => void): boolean {
    try {
      work();
    } catch (error) {
      if (this.survives(error)) return false;
      const cause = causeOf(error);
      if (this.error === null) this.fail(kindOf(cause), cause);
    }
    this.current = -1;
    return true;
  }

  /**
   * A loop in short stretches: a function that runs once and for long is compiled in the middle of
   * it, before V8 has seen enough of what it calls.
   */
  private loop(untilUs: number): void {
    do {
      this.limitUs = Math.min(untilUs, (this.openings[0]?.atUs ?? Infinity) - 1);
      while (this.stretch());
    } while (this.open(untilUs));
  }

  /** Takes the next opening; false when there is none up to that time. */
  private open(untilUs: number): boolean {
    const next = this.openings[0];
    if (this.error !== null || next === undefined || next.atUs > untilUs) return false;
    this.openings.shift();
    if (next.atUs > this.now) this.advance(next.atUs);
    this.recorder.n = ++this.events;
    this.recorder.order.pair(next.atUs | 0, CONTROL);
    this.current = -1;
    next.action();
    if (this.events >= this.eventsMax) this.tooMany();
    return true;
  }

  /**
   * Takes the next few events; false when there are no more up to the limit. Written out in one: V8
   * compiles small functions early, with all that they call, which costs short runs dearly.
   */
  private stretch(): boolean {
    const { queue, recorder } = this;
    for (let i = 0; i < STRETCH; i++) {
      if (this.error !== null || !queue.pop(this.limitUs)) return false;
      const { at, kind, a } = queue;
      if (at === this.now) {
        if (++this.instant > this.instantMax) this.standStill(kind, a, queue.b);
      } else this.advance(at);
      recorder.n = ++this.events;
      // The digests feed on the low half of times; the high half enters when it changes.
      recorder.order.pair(at | 0, (kind === CONTROL ? 0 : this.nameHashes[a]!) + kind);
      switch (kind) {
        case DELIVERY:
          this.arrive(a, queue.b, queue.c);
          break;
        case TIMEOUT:
          this.expire(a, queue.b, queue.c);
          break;
        case FLUSHED:
          this.flushed(a, queue.b);
          break;
        case WAKE:
          this.arrivals.wakeUp(this.hosts[a]!);
          break;
        case DELAYED:
          this.arrivals.arriveDelayed(this.hosts[a]!, queue.b);
          break;
        case CONNECTION:
          this.current = a;
          this.connections.due(queue.b);
          break;
        case COMPUTED:
          this.arrivals.computed(this.hosts[a]!, queue.b);
          break;
        default:
          this.current = -1;
          this.controls[a]!();
      }
      if (this.events >= this.eventsMax) this.tooMany();
    }
    return true;
  }

  private advance(atUs: number): void {
    if (atUs >= this.nextEraUs) this.enterEra(atUs);
    this.now = atUs;
    this.recorder.now = atUs;
    this.instant = 0;
  }

  /** Every 71 minutes, 2^32 µs. */
  private enterEra(atUs: number): void {
    const era = Math.floor(atUs / ERA_US);
    this.nextEraUs = (era + 1) * ERA_US;
    this.recorder.order.word(era);
    this.recorder.messages.word(era);
  }

  // Messages.

  /** Puts a message on its way now. */
  send(from: number, to: number, message: Message): void {
    if (this.strict) deepFreeze(message);
    const { network, recorder } = this;
    const type = recorder.typeOf(message.type);
    const id = ++network.sent;
    if (from === to) {
      recorder.send(from, to, id, type, this.nodes[from]!.client ? 1 : 0, message);
      this.post(LOCAL_US, to, TO_ONESELF, type, id, message);
      return;
    }
    const link = network.number(from, to);
    const flags = network.table[link * ROW + FLAGS]!;
    recorder.send(from, to, id, type, (flags & CLIENT) >> 1, message);
    network.route(link);
    if ((flags & SPECIAL) === 0) this.post(network.delayUs, to, link, type, id, message);
    else this.sending.send(link, from, to, type, id, message, network.delayUs);
  }

  post(
    delayUs: number,
    to: number,
    link: number,
    type: number,
    id: number,
    message: Message,
  ): void {
    this.queue.push(this.now + delayUs, DELIVERY, to, this.mail.put(type, id, message), link);
  }

  private arrive(to: number, slot: number, link: number): void {
    // A cut drops a message on arrival, not when its node comes round to it.
    if (link !== TO_ONESELF) {
      const flags = this.network.table[link * ROW + FLAGS]!;
      if ((flags & BARRED) !== 0 && this.isRefused(to, slot, link)) return;
    }
    this.handOver(to, slot, link);
  }

  /** A message has come: its node gets it, now or when it can. */
  handOver(to: number, slot: number, link: number): void {
    const host = this.hosts[to]!;
    if (host.unready && host.node !== null) this.arrivals.arrive(host, slot, link);
    else this.deliver(host, slot, link);
  }

  /** The link is cut, or broke while the message was under way, or it comes too early: true. */
  private isRefused(to: number, slot: number, link: number): boolean {
    const from = this.network.table[link * ROW + FROM]!;
    const special = this.network.special(link);
    if (special.ordered) return this.connections.tries.stops(special, link, from, to, slot);
    const type = this.mail.labels[2 * slot]!;
    const id = this.mail.labels[2 * slot + 1]!;
    const why = special.refusal(id);
    if (why === ADMITTED) return false;
    this.recorder.drop(from, to, id, type, why, this.mail.take(slot), special.blamed);
    return true;
  }

  /** The node gets the message; one that is down loses it. */
  deliver(host: Host, slot: number, link: number): void {
    const type = this.mail.labels[2 * slot]!;
    const id = this.mail.labels[2 * slot + 1]!;
    const message = this.mail.take(slot);
    const to = host.index;
    let from = to;
    let hash = this.nameHashes[to]!;
    if (link !== TO_ONESELF) {
      const { table } = this.network;
      from = table[link * ROW + FROM]!;
      hash = table[link * ROW + HASH]!;
    }
    const node = host.node;
    if (node === null) {
      for (const tally of host.downBy) tally.eventsSuppressed++;
      this.recorder.drop(from, to, id, type, BY_DOWN, message, host.downBy[0] ?? null);
      if (link !== TO_ONESELF) this.nobodyThere(link, from, to);
      return;
    }
    this.recorder.deliver(from, to, id, type, hash, message);
    this.current = to;
    node.receive(host, this.hosts[from]!.self, message);
    if (host.flushDue) host.startFlush();
    if (this.watch.looking) this.watch.lookAt(host);
  }

  /** A machine refuses a message of a connection when its node is down. */
  private nobodyThere(link: number, from: number, to: number): void {
    if ((this.network.table[link * ROW + FLAGS]! & SPECIAL) === 0) return;
    const special = this.network.special(link);
    if (special.ordered) this.connections.refused(special, from, to);
  }

  // Timers.

  private expire(to: number, slot: number, epoch: number): void {
    const timer = this.timers.due(slot, epoch, this.now);
    if (timer === null) return;
    const host = this.hosts[to]!;
    if (host.unready) this.arrivals.expire(host, timer, slot, epoch);
    else this.fire(host, timer);
  }

  fire(host: Host, timer: Timer): void {
    this.timers.unset(timer);
    host.forget(timer);
    this.current = host.index;
    this.recorder.timer(host.index, timer.tag, timer.key);
    host.node!.timeout?.(host, timer.tag, timer.key);
    if (host.flushDue) host.startFlush();
    if (this.watch.looking) this.watch.lookAt(host);
  }

  // Disk, and what stands outside of the loop.

  queueFlush(host: number, delayUs: number, flushes: number): void {
    this.queue.push(this.now + delayUs, FLUSHED, host, flushes, 0);
  }

  private flushed(index: number, flushes: number): void {
    const host = this.hosts[index]!;
    if (host.flushes !== flushes) return;
    this.recorder.life(FLUSH, index);
    this.current = index;
    host.endFlush();
  }

  /**
   * Runs a handler that is no message's and no timer's. A storage error in it kills that node, and
   * whoever called goes on: a fault that boots five nodes is not over when the first of them dies.
   */
  handle(host: Host, handler: () => void): void {
    const before = this.current;
    this.current = host.index;
    try {
      handler();
      if (host.flushDue) host.startFlush();
      this.look(host);
    } catch (error) {
      if (!this.survives(error)) throw error;
    }
    this.current = before;
  }

  look(host: Host): void {
    if (this.watch.looking) this.watch.lookAt(host);
  }

  /**
   * The view of a node: `inspect()` of an up one, empty if its disk does not let it look. An error
   * in it is that node's.
   */
  viewOf(index: number): Detail {
    const before = this.current;
    this.current = index;
    const view = viewOf(this.hosts[index]!);
    this.current = before;
    return view;
  }

  // Failing.

  /**
   * True when the run goes on after the error: a storage error that a node let through kills that
   * node only.
   */
  private survives(error: unknown): boolean {
    const host = this.hosts[this.current];
    if (!(error instanceof StorageError) || host === undefined || host.node === null) return false;
    this.lives.dieOfDisk(host, error);
    return true;
  }

  private fail(kind: WorldError['kind'], error: unknown): void {
    const node = this.hosts[this.current]?.self ?? null;
    const tail = this.lastWords(node);
    this.thrown = error;
    this.error = worldError(kind, error, node, this.now, this.events, tail);
  }

  /** Own code that changes the machine in the midst of an event may leave half a row. */
  private lastWords(node: NodeId | null): readonly string[] {
    try {
      return lastLines(this.recorder.rows(), node, 20);
    } catch {
      return [];
    }
  }

  private standStill(kind: number, a: number, b: number): void {
    const timer = kind === TIMEOUT ? this.timers.at(b) : null;
    this.current = kind === CONTROL ? -1 : a;
    const who = kind === CONTROL ? 'the scenario' : this.nameOf(a);
    throw new LivelockError(this.instantMax, who, timer?.tag ?? null);
  }

  /** The run was stopped from outside, maybe in the midst of an event: the result says so. */
  interrupt(): void {
    this.current = -1;
    if (this.error !== null) return;
    const why = 'stopped before its time';
    this.error = worldError('interrupted', why, null, this.now, this.events, []);
  }

  private tooMany(): void {
    this.current = -1;
    this.fail('max-events', `stopped after ${this.eventsMax} events, as asked`);
  }
}

/**
 * What went wrong may come of what own code did to the machine, which then is the better reason.
 */
function causeOf(error: unknown): unknown {
  try {
    afterRun();
    return error;
  } catch (found) {
    return found;
  }
}

/** What is kept under a key, made when it is first asked for. */
function known<K, V>(all: Map<K, V>, key: K, make: (key: K) => V): V {
  let value = all.get(key);
  if (value === undefined) {
    value = make(key);
    all.set(key, value);
  }
  return value;
}
