/**
 * The world: virtual time, the hosts on it, and the loop that takes one event after another.
 *
 * The total order of a run is (time, insertion number). A handler runs to completion at one
 * instant; what it sends, sets and writes becomes events. The loop has no closure, promise or
 * iterator on its way: an event is a row, a message is the sender's object in a slot.
 */
import { InvariantError } from '../assert.ts';
import type { RequestTrouble } from '../fault.ts';
import { type Detail, type Message, type NodeId, StorageError } from '../node.ts';
import { isRequest, type Request } from '../rpc.ts';
import type { Invariant } from '../system.ts';
import { Clock } from './clock.ts';
import { DiskError } from './disk-faults.ts';
import { compile } from './distribution.ts';
import { kindOf, LivelockError, lastLines, type WorldError, worldError } from './failure.ts';
import { deepFreeze } from './freeze.ts';
import { guardHost } from './guard.ts';
import { hash32 } from './hash.ts';
import { type DelayedRequest, Host } from './host.ts';
import { Interner } from './interner.ts';
import { ADMITTED } from './link.ts';
import { Fate, LOST } from './link-fate.ts';
import { Mail } from './mail.ts';
import {
  BARRED,
  CLIENT,
  FLAGS,
  FROM,
  HASH,
  Network,
  ROW,
  removeOne,
  SPECIAL,
  type Tally,
} from './network.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';
import { Recorder } from './recorder.ts';
import { errorOf } from './request-troubles.ts';
import { BOOT, BY_DOWN, CRASH, FLUSH, PAUSE, RESUME } from './rows.ts';
import { TIMEOUT, type Timer, TimerTable } from './timers.ts';
import type { DownRecord, WorldLoad, WorldNode, WorldOptions, WorldSpec } from './world-spec.ts';

/** Event kinds; TIMEOUT is 2. */
const DELIVERY = 1;
const FLUSHED = 3;
const CONTROL = 4;
const WAKE = 5;
const DELAYED = 6;

/** A message to oneself takes this long. */
const LOCAL_US = 1;
/** Events in one stretch of the loop. */
const STRETCH = 256;
/** In place of a link. */
const TO_ONESELF = -1;
const ERA_US = 4294967296;
/** So many events at one instant are a loop that makes no progress. */
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
  readonly down: DownRecord[] = [];
  error: WorldError | null = null;

  readonly timers: TimerTable;
  private readonly queue = new EventQueue();
  private readonly names = new Interner();
  private readonly nameHashes: Int32Array;
  private readonly strict: boolean;
  private readonly eventsMax: number;
  private readonly invariants: ReadonlyMap<string, readonly Invariant[]> | null;
  private readonly watchers: ((changed: number | null) => void)[] = [];
  /** Somebody wants to know of every event: invariants, or watchers. */
  private looking: boolean;
  private readonly views = new Map<string, Map<NodeId, Detail>>();
  private readonly controls: (() => void)[] = [];
  private current = -1;
  private instant = 0;
  private nextEraUs = ERA_US;

  private readonly mail = new Mail();
  /** Of the message that is being sent over a special link. */
  private readonly fate = new Fate();
  /** Requests that waited for their node so far. */
  private delays = 0;

  constructor(spec: WorldSpec, options: WorldOptions = {}) {
    this.nodes = spec.nodes;
    this.loads = spec.loads ?? [];
    this.timers = new TimerTable(this.queue);
    this.strict = options.strict === true;
    this.eventsMax = options.eventsMax ?? Infinity;
    this.invariants = options.checkInvariants === true ? spec.invariants : null;
    this.looking = this.invariants !== null;
    this.streams = new Streams(spec.seed);
    const names = spec.nodes.map((node) => node.id);
    for (const name of names) {
      if (this.names.has(name)) throw new RangeError(`two nodes are called ${name}`);
      this.names.add(name);
    }
    this.nameHashes = Int32Array.from(names, (name) => hash32(name));
    const client = spec.nodes.map((node) => node.client);
    this.network = new Network(names, spec.link, this.streams, client);
    this.recorder = new Recorder({
      names,
      client,
      sink: options.sink ?? null,
      keepAll: options.keepRows === true,
      payload: options.payloadDigest ?? this.strict,
      off: options.traceOff === true,
    });
    this.hosts = spec.nodes.map((node, index) => this.newHost(node, index));
    for (const host of this.hosts) this.at(0, () => this.bootFirst(host));
  }

  private newHost(node: WorldNode, index: number): Host {
    const instant = node.sync.kind === 'constant' && node.sync.value === 0;
    return new Host(this, index, {
      id: node.id,
      peers: node.members.filter((member) => member !== node.id),
      random: this.streams.get(`node/${node.id}`),
      diskStream: this.streams.get(`disk/${node.id}`),
      sync: instant ? null : compile(node.sync),
      cpuMessageUs: node.cpuMessageUs,
      clock: new Clock(node.clock.offsetUs, node.clock.driftPpm),
    });
  }

  /** The number of a node; throws RangeError for a name that nobody has. */
  indexOf(name: NodeId): number {
    const index = this.names.find(name);
    if (index < 0) throw new RangeError(`there is no node ${name}`);
    return index;
  }

  /**
   * Runs an action of the scenario (a fault, a phase) at a time, before later-queued events of that
   * instant.
   */
  at(atUs: number, action: () => void): void {
    this.controls.push(action);
    this.queue.push(atUs, CONTROL, this.controls.length - 1, 0, 0);
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
      for (;;) {
        try {
          this.loop(untilUs);
          break;
        } catch (error) {
          if (!this.survives(error)) break;
        }
      }
    });
    if (this.error === null && untilUs > this.now) this.now = untilUs;
    this.recorder.now = this.now;
  }

  /**
   * A loop in short stretches: a function that runs once and for long is compiled in the middle of
   * it, before V8 has seen enough of what it calls.
   */
  private loop(untilUs: number): void {
    while (this.stretch(untilUs));
  }

  /**
   * Takes the next few events; false when there are no more up to that time. Written out in one: V8
   * compiles small functions early, with all that they call, which costs short runs dearly.
   */
  private stretch(untilUs: number): boolean {
    const { queue, recorder } = this;
    for (let i = 0; i < STRETCH; i++) {
      if (this.error !== null || !queue.pop(untilUs)) return false;
      const { at, kind, a } = queue;
      if (at === this.now) {
        if (++this.instant > INSTANT_EVENTS_MAX) this.standStill(kind, a, queue.b);
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
          this.wake(this.hosts[a]!);
          break;
        case DELAYED:
          this.arriveDelayed(this.hosts[a]!, queue.b);
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
    else this.sendSpecially(link, from, to, type, id, message);
  }

  /** Sends over a link on which more can happen than delay. */
  private sendSpecially(
    link: number,
    from: number,
    to: number,
    type: number,
    id: number,
    message: Message,
  ): void {
    const { network } = this;
    const special = network.special(link);
    const { fate } = this;
    fate.first.delayUs = network.delayUs;
    special.decide(fate, message, this.now);
    if (special.isBarred && this.isRefused(link, from, to, type, id, message)) return;
    if (special.ordered) special.arrange(fate, this.now);
    if (fate.brokenBy !== null) network.breakBoth(from, to, fate.brokenBy);
    const { first, copy } = fate;
    if (first.delayUs === LOST) this.recorder.drop(from, to, id, type, first.why, message);
    else this.post(first.delayUs, to, link, type, id, this.frozen(first.altered ?? message));
    if (copy.delayUs !== LOST) {
      this.post(copy.delayUs, to, link, type, id, this.frozen(copy.altered ?? message));
    }
  }

  /** A message damaged on its way is a new object. */
  private frozen(message: Message): Message {
    if (this.strict) deepFreeze(message);
    return message;
  }

  /** Drops the message if its link is cut, or broke while it was under way. */
  private isRefused(
    link: number,
    from: number,
    to: number,
    type: number,
    id: number,
    message: Message,
  ): boolean {
    const why = this.network.special(link).refusal(id);
    if (why === ADMITTED) return false;
    this.recorder.drop(from, to, id, type, why, message);
    return true;
  }

  private post(
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
    const host = this.hosts[to]!;
    if (host.unready && host.node !== null) {
      // A cut drops on arrival, not when the node comes round to it.
      if (this.refusedOnArrival(to, slot, link)) return;
      if (this.mustWait(host)) {
        this.queueInbox(host, DELIVERY, slot, link);
        return;
      }
      host.occupy();
      if (host.troubles !== null && this.isTroubled(host, slot, link)) return;
    }
    this.deliver(host, slot, link);
  }

  /** True if the message is a request that has to wait, or that the node never sees. */
  private isTroubled(host: Host, slot: number, link: number): boolean {
    const request = this.mail.look(slot);
    if (link === TO_ONESELF || !isRequest(request)) return false;
    const from = this.network.table[link * ROW + FROM]!;
    const { delayUs, failed } = host.troubles!.fateOf(this.hosts[from]!.self, request);
    if (delayUs > 0) {
      const number = ++this.delays;
      host.delayed.set(number, { slot, link, failed });
      this.queue.push(this.now + delayUs, DELAYED, host.index, number, 0);
      return true;
    }
    if (failed?.when !== 'before') return false;
    this.failRequest(host, slot, link, failed);
    return true;
  }

  private arriveDelayed(host: Host, number: number): void {
    const delayed = host.delayed.get(number);
    if (delayed === undefined) return;
    if (host.unready && this.mustWait(host)) {
      this.queueInbox(host, DELAYED, number, 0);
      return;
    }
    this.endDelay(host, number, delayed);
  }

  /** The node gets a request that has waited, or its caller gets an error. */
  private endDelay(host: Host, number: number, { slot, link, failed }: DelayedRequest): void {
    host.delayed.delete(number);
    if (failed?.when === 'before') this.failRequest(host, slot, link, failed);
    else this.deliver(host, slot, link, true);
  }

  /** Answers a request with an error, in place of the node. */
  private failRequest(host: Host, slot: number, link: number, trouble: RequestTrouble): void {
    const type = this.mail.labels[2 * slot]!;
    const id = this.mail.labels[2 * slot + 1]!;
    const request = this.mail.take(slot);
    const { table } = this.network;
    const from = table[link * ROW + FROM]!;
    this.recorder.deliver(from, host.index, id, type, table[link * ROW + HASH]!, request);
    const error = errorOf(trouble, request as Request);
    if (error !== null) this.send(host.index, from, error);
  }

  private refusedOnArrival(to: number, slot: number, link: number): boolean {
    if (link === TO_ONESELF) return false;
    const { table } = this.network;
    if ((table[link * ROW + FLAGS]! & BARRED) === 0) return false;
    const type = this.mail.labels[2 * slot]!;
    const id = this.mail.labels[2 * slot + 1]!;
    const why = this.network.special(link).refusal(id);
    if (why === ADMITTED) return false;
    this.recorder.drop(table[link * ROW + FROM]!, to, id, type, why, this.mail.take(slot));
    return true;
  }

  /** `waited`: it had arrived earlier, and found the node busy or paused. */
  private deliver(host: Host, slot: number, link: number, waited = false): void {
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
      if (
        !waited &&
        (table[link * ROW + FLAGS]! & BARRED) !== 0 &&
        this.isRefused(link, from, to, type, id, message)
      )
        return;
    }
    const node = host.node;
    if (node === null) {
      for (const tally of host.downBy) tally.eventsSuppressed++;
      this.recorder.drop(from, to, id, type, BY_DOWN, message);
      return;
    }
    this.recorder.deliver(from, to, id, type, hash, message);
    this.current = to;
    node.receive(host, this.hosts[from]!.self, message);
    if (host.flushDue) host.startFlush();
    if (this.looking) this.lookAt(host);
  }

  // Timers.

  private expire(to: number, slot: number, epoch: number): void {
    const timer = this.timers.due(slot, epoch, this.now);
    if (timer === null) return;
    const host = this.hosts[to]!;
    if (host.unready && this.mustWait(host)) {
      this.queueInbox(host, TIMEOUT, slot, epoch);
    } else this.fire(host, timer);
  }

  private fire(host: Host, timer: Timer): void {
    this.timers.unset(timer);
    host.forget(timer);
    this.current = host.index;
    this.recorder.timer(host.index, timer.tag, timer.key);
    host.node!.timeout?.(host, timer.tag, timer.key);
    if (host.flushDue) host.startFlush();
    if (this.looking) this.lookAt(host);
  }

  // Disk, processor, life.

  queueFlush(host: number, delayUs: number, life: number): void {
    this.queue.push(this.now + delayUs, FLUSHED, host, life, 0);
  }

  private flushed(index: number, life: number): void {
    const host = this.hosts[index]!;
    if (host.life !== life) return;
    this.recorder.life(FLUSH, index);
    this.current = index;
    host.endFlush();
  }

  private mustWait(host: Host): boolean {
    for (const tally of host.pausedBy) tally.eventsSuppressed++;
    return (
      host.pausedBy.length !== 0 ||
      host.busyUntilUs > this.now ||
      host.inboxHead < host.inbox.length
    );
  }

  private queueInbox(host: Host, kind: number, b: number, c: number): void {
    const first = host.inboxHead === host.inbox.length;
    host.inbox.push({ kind, b, c });
    if (first && host.pausedBy.length === 0) this.queueWake(host);
  }

  private queueWake(host: Host): void {
    this.queue.push(Math.max(this.now, host.busyUntilUs), WAKE, host.index, 0, 0);
  }

  /** Handles what waited, until the processor is busy again. */
  private wake(host: Host): void {
    while (host.inboxHead < host.inbox.length) {
      if (host.node === null || host.pausedBy.length !== 0) return;
      if (host.busyUntilUs > this.now) {
        this.queueWake(host);
        return;
      }
      const { kind, b, c } = host.inbox[host.inboxHead++]!;
      if (host.inboxHead > 1024 && host.inboxHead * 2 > host.inbox.length) {
        host.inbox.splice(0, host.inboxHead);
        host.inboxHead = 0;
      }
      if (kind === DELIVERY) {
        host.occupy();
        if (host.troubles === null || !this.isTroubled(host, b, c)) this.deliver(host, b, c, true);
      } else if (kind === DELAYED) {
        const delayed = host.delayed.get(b);
        if (delayed !== undefined) this.endDelay(host, b, delayed);
      } else {
        const timer = this.timers.due(b, c, this.now);
        if (timer !== null) this.fire(host, timer);
      }
    }
    host.inbox.length = 0;
    host.inboxHead = 0;
    host.refreshReadiness();
  }

  private bootFirst(host: Host): void {
    if (host.downBy.length === 0) this.boot(host);
  }

  /** Keeps a node that has not booted yet from its first boot. */
  keepOut(host: Host, tally: Tally): void {
    host.downBy.push(tally);
    this.markDown(host);
  }

  /** A strike no longer keeps a node down: it boots if none does. */
  letBoot(host: Host, tally: Tally): void {
    removeOne(host.downBy, tally);
    if (host.downBy.length === 0) this.boot(host);
  }

  /** A strike lets go of a disk: a node that it has killed boots. */
  letLive(host: Host, tally: Tally): void {
    if (host.downBy.includes(tally)) this.letBoot(host, tally);
  }

  /** Tells a node that it will be stopped; false if it is not running or does not listen. */
  tellToLeave(host: Host): boolean {
    const { node } = host;
    if (node?.leave === undefined || host.pausedBy.length !== 0) return false;
    this.current = host.index;
    this.recorder.note(host.index, 'told to leave', {});
    node.leave(host);
    if (host.flushDue) host.startFlush();
    if (this.looking) this.lookAt(host);
    return true;
  }

  boot(host: Host): void {
    if (host.node !== null) return;
    host.bootDue = host.pausedBy.length !== 0;
    if (host.bootDue) return;
    this.current = host.index;
    host.node = this.nodes[host.index]!.create(this.recorder);
    this.markUp(host);
    this.recorder.life(BOOT, host.index);
    host.node.start(host);
    if (host.flushDue) host.startFlush();
    if (this.looking) this.lookAt(host);
  }

  crash(host: Host): void {
    host.bootDue = false;
    if (host.node === null) return;
    this.recorder.life(CRASH, host.index);
    this.markDown(host);
    const waiting = host.inbox.splice(host.inboxHead);
    host.inbox.length = 0;
    host.inboxHead = 0;
    const delayed = [...host.delayed.values()];
    host.delayed.clear();
    const { timersSet } = host;
    const lost = host.die();
    for (const tally of host.downBy) {
      tally.writesLost += lost;
      tally.eventsSuppressed += timersSet;
    }
    // Messages in the inbox die with the node; its timers are void already.
    for (const { kind, b, c } of waiting) if (kind === DELIVERY) this.deliver(host, b, c, true);
    for (const { slot, link } of delayed) this.deliver(host, slot, link, true);
    if (this.looking) this.lookAt(host);
  }

  pause(host: Host, tally: Tally): void {
    host.pausedBy.push(tally);
    host.unready = true;
    if (host.pausedBy.length > 1) return;
    this.recorder.life(PAUSE, host.index);
    if (host.node !== null) this.markDown(host);
  }

  resume(host: Host, tally: Tally): void {
    removeOne(host.pausedBy, tally);
    if (host.pausedBy.length > 0) return;
    host.refreshReadiness();
    this.recorder.life(RESUME, host.index);
    if (host.bootDue) return this.boot(host);
    if (host.node === null) return;
    this.markUp(host);
    host.releaseHeld();
    this.wake(host);
  }

  private markDown(host: Host): void {
    if (this.openDown(host) !== undefined) return;
    this.down.push({ node: host.self, fromUs: this.now, untilUs: Infinity });
  }

  private markUp(host: Host): void {
    const open = this.openDown(host);
    if (open !== undefined && host.pausedBy.length === 0) open.untilUs = this.now;
  }

  private openDown(host: Host): DownRecord | undefined {
    return this.down.findLast((record) => record.node === host.self && record.untilUs === Infinity);
  }

  // Judging and failing.

  /** The view of a node: `inspect()` of an up one. */
  viewOf(index: number): Detail {
    return this.hosts[index]!.node?.inspect?.() ?? {};
  }

  /**
   * Calls `watcher` after each event of a node, with its number, and after each strike and heal,
   * with null. It must change nothing, but may plan an action for this instant.
   */
  watch(watcher: (changed: number | null) => void): void {
    this.watchers.push(watcher);
    this.looking = true;
  }

  /** Something has changed that is no event of a node. */
  tellWatchers(): void {
    for (const watcher of this.watchers) watcher(null);
  }

  private lookAt(host: Host): void {
    if (this.invariants !== null) this.checkInvariants(host, this.invariants);
    for (const watcher of this.watchers) watcher(host.index);
  }

  private checkInvariants(host: Host, all: ReadonlyMap<string, readonly Invariant[]>): void {
    const { group, id } = this.nodes[host.index]!;
    const invariants = all.get(group);
    if (invariants === undefined || invariants.length === 0) return;
    let views = this.views.get(group);
    if (views === undefined) {
      views = new Map();
      this.views.set(group, views);
    }
    if (host.node === null) views.delete(id);
    else views.set(id, host.node.inspect?.() ?? {});
    for (const invariant of invariants) {
      const broken = invariant.check(views);
      if (broken !== null) {
        throw new InvariantError(`${invariant.name} (${invariant.source}): ${broken}`);
      }
    }
  }

  /**
   * True when the run goes on after the error: a storage error that a node let through kills that
   * node only.
   */
  private survives(error: unknown): boolean {
    const host = this.hosts[this.current];
    if (error instanceof StorageError && host !== undefined && host.node !== null) {
      this.recorder.note(host.index, 'dies of a storage error', { error: error.message });
      // It would die again: it stays down until the fault lets go of its disk.
      if (error instanceof DiskError && host.disk.heldBy.includes(error.tally)) {
        host.downBy.push(error.tally);
      }
      this.crash(host);
      return true;
    }
    this.fail(kindOf(error), error);
    return false;
  }

  private fail(kind: WorldError['kind'], error: unknown): void {
    const node = this.hosts[this.current]?.self ?? null;
    const tail = lastLines(this.recorder.rows(), node, 20);
    this.error = worldError(kind, error, node, this.now, this.events, tail);
  }

  private standStill(kind: number, a: number, b: number): void {
    const timer: Timer | null = kind === TIMEOUT ? this.timers.at(b) : null;
    const who = kind === CONTROL ? 'the scenario' : this.hosts[a]!.self;
    const what = timer === null ? '' : `, timer '${timer.tag}'`;
    this.current = kind === CONTROL ? -1 : a;
    throw new LivelockError(
      `${INSTANT_EVENTS_MAX} events at one instant, lately ${who}${what}: time stands still. A timer of 0 ms that sets itself again, or two nodes on a link without latency that answer each other, does this`,
    );
  }

  /** The run was stopped from outside, maybe in the midst of an event: what there is, is told. */
  interrupt(): void {
    this.current = -1;
    if (this.error !== null) return;
    const { now, events } = this;
    this.error = worldError('interrupted', 'stopped before its time', null, now, events, []);
  }

  private tooMany(): void {
    this.current = -1;
    this.fail('max-events', `stopped after ${this.eventsMax} events, as asked`);
  }
}
