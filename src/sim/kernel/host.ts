/**
 * One node's place in the world: its context, timers, disk, clock, and the sends that wait for the
 * disk.
 *
 * The host outlives the node: a crash drops the node object with everything volatile, a boot makes
 * a new one. A timer has at most one valid event in the queue: resetting it only moves its
 * deadline, and an event that comes early arms itself again. (With a fresh event for each reset, an
 * election timer re-armed by every heartbeat leaves hundreds of dead rows in the queue for each
 * live one.)
 */
import { assert } from '../assert.ts';
import type { ClockChange, ProcessorChange, RequestTrouble } from '../fault.ts';
import { undeclared } from '../measure.ts';
import type { Context, Detail, Machines, Message, Node, NodeId, Storage } from '../node.ts';
import { msToUs, usToMs } from '../units.ts';
import type { Clock } from './clock.ts';
import { Disk, type DiskHost } from './disk.ts';
import type { Distribution } from './distribution.ts';
import { type HostOptions, othersThan } from './host-options.ts';
import { NO_INBOX } from './inbox.ts';
import type { Tally } from './network.ts';
import { isSpan, NodeTimers, spanError } from './node-timers.ts';
import type { Pace } from './pace.ts';
import { type Job, NO_JOBS, Processor } from './processor.ts';
import type { Stream, Streams } from './random.ts';
import type { Recorder } from './recorder.ts';
import { type DelayedRequest, NO_REQUESTS, RequestTroubles } from './request-troubles.ts';
import type { Timer, TimerTable } from './timers.ts';

/** What a host needs of the world around it. */
export interface Surroundings {
  /** True virtual time in µs. */
  readonly now: number;
  readonly recorder: Recorder;
  readonly timers: TimerTable;
  readonly streams: Streams;
  /** Throws RangeError for a name that no node has. */
  indexOf(name: NodeId): number;
  nameOf(index: number): NodeId;
  send(from: number, to: number, message: Message): void;
  queueFlush(host: number, delayUs: number, flushes: number): void;
  at(atUs: number, action: () => void): void;
  readonly arrivals: Computations;
}

/** Who hands out the cores. */
interface Computations {
  compute(host: Host, tag: string, key: number, workUs: number): void;
  cancelJobs(host: Host, tag: string, key: number): void;
  /** The pace of a processor has changed. */
  retime(host: Host): void;
}

/** A message held back until the writes up to `seq` are durable. */
interface Held {
  readonly seq: number;
  readonly to: number;
  readonly message: Message;
  /** The step whose handler sent it. */
  readonly n: number;
}

export class Host implements Context, DiskHost {
  // What every event touches comes first, so that it shares cache lines.
  /** null while the node is down. */
  node: Node | null = null;
  /**
   * Paused, with a processor that takes its time, or with requests in trouble: events may have to
   * wait.
   */
  unready = false;
  /** Tells a flush under way from one that came to nothing. */
  flushes = 0;
  /** Writes are on their way to the disk: `send` waits. */
  private holding = false;
  flushDue = false;
  /** It shall boot, but is paused: it boots when it resumes. */
  bootDue = false;
  private readonly world: Surroundings;
  readonly index: number;
  readonly self: NodeId;
  private readonly members: readonly NodeId[];
  readonly random: Stream;
  /** One that all of its offset and drift share, until something changes it. */
  clock: Clock;
  private readonly timers: NodeTimers;

  readonly storage: Storage;
  readonly disk: Disk;
  /** Of its machine; one of its own is made when first asked for. */
  private knownProcessor: Processor | null;
  private readonly cores: number;
  private readonly makeOperator: (host: Host) => Machines;
  private operator: Machines | null = null;
  /** Its computations, by number; before the first one a map that all share. */
  jobs: Map<number, Job> = NO_JOBS;
  /** One that all of its speed share, until something slows it. */
  pace: Pace;
  /** Counts lives, from 1: what belongs to an earlier one is void. */
  life = 1;
  /** What its oscillator had counted when this life began. */
  private bornTicksUs = 0;
  /** Injections that keep it down, and those that pause it. */
  readonly downBy: Tally[] = [];
  readonly pausedBy: Tally[] = [];
  /** Until when messages keep a core busy. */
  busyUntilUs = 0;
  /** What found it busy; before the first time one that all share. */
  inbox = NO_INBOX;
  /** null as long as no fault holds its requests; those that wait for it meanwhile, by number. */
  troubles: RequestTroubles | null = null;
  delayed: Map<number, DelayedRequest> = NO_REQUESTS;
  private readonly sync: Distribution | null;
  private readonly writeBackUs: number | null;
  /** A flush of what is in the page cache is planned. */
  private writeBackDue = false;
  /** Made for the first flush. */
  private diskStream: Stream | null = null;
  /**
   * Made when first asked for. A list for each node costs a group of ten thousand, most of which
   * never ask, 800 MB and seconds.
   */
  private knownPeers: readonly NodeId[] | null = null;
  private knownPeerIndices: readonly number[] | null = null;
  private readonly kind: string;
  /** Labels that it may note; null: any. */
  private readonly notes: ReadonlySet<string> | null;
  /** What waits for the disk, in the order sent. */
  held: Held[] = [];

  constructor(world: Surroundings, index: number, options: HostOptions<Host>) {
    this.world = world;
    this.index = index;
    this.self = options.id;
    this.members = options.members;
    this.random = options.random;
    this.sync = options.sync;
    this.pace = options.pace;
    this.unready = options.pace.messageUs !== 0;
    this.clock = options.clock;
    this.timers = new NodeTimers(world.timers, index);
    this.kind = options.kind;
    this.notes = options.notes;
    this.knownProcessor = options.processor;
    this.cores = options.cores;
    this.makeOperator = options.operator;
    this.writeBackUs = options.writeBackUs;
    this.disk = new Disk(this, options.sync === null, options.writeBackUs !== null);
    this.disk.retriesFailed = options.retriesFlush;
    this.storage = this.disk;
  }

  now(): number {
    return this.clock.read(this.world.now);
  }

  elapsed(): number {
    this.clock.countTickReading();
    return usToMs(Math.floor(this.clock.ticksUs(this.world.now) - this.bornTicksUs));
  }

  send(to: NodeId, message: Message): void {
    this.dispatch(this.world.indexOf(to), message);
  }

  sendNow(to: NodeId, message: Message): void {
    if (this.troubles !== null) this.sendTroubled(this.world.indexOf(to), message, false);
    else this.world.send(this.index, this.world.indexOf(to), message);
  }

  broadcast(message: Message): void {
    for (const peer of this.peerIndices) this.dispatch(peer, message);
  }

  get peers(): readonly NodeId[] {
    this.knownPeers ??= othersThan(this.self, this.members);
    return this.knownPeers;
  }

  private get peerIndices(): readonly number[] {
    this.knownPeerIndices ??= this.peers.map((peer) => this.world.indexOf(peer));
    return this.knownPeerIndices;
  }

  private dispatch(to: number, message: Message): void {
    if (this.troubles !== null) this.sendTroubled(to, message, this.holding);
    else if (!this.holding) this.world.send(this.index, to, message);
    else this.hold(to, message);
  }

  /** It leaves when what was written before it is durable. */
  private hold(to: number, message: Message): void {
    this.held.push({ seq: this.disk.issued, to, message, n: this.world.recorder.n });
  }

  /** Sends what a fault leaves of a message: itself, an error instead of an answer, or nothing. */
  private sendTroubled(to: number, message: Message, hold: boolean): void {
    const sent = this.troubles!.answer(this.world.nameOf(to), message);
    if (sent === null) return;
    if (hold) this.hold(to, sent);
    else this.world.send(this.index, to, sent);
  }

  note(label: string, detail: Detail = NOTHING): void {
    if (this.notes !== null && !this.notes.has(label)) {
      throw undeclared(`kind ${this.kind}`, 'note', label, [...this.notes]);
    }
    this.world.recorder.note(this.index, label, detail);
  }

  measure(name: string, value = 1, of?: string): void {
    this.world.recorder.measured.add(this.world.now, this.index, name, value, of);
  }

  setTimer(tag: string, afterMs: number, key = 0): void {
    if (!isSpan(afterMs)) throw spanError('setTimer', tag, afterMs, 'a timer needs');
    const timer = key === 0 ? this.timers.tagged(tag) : this.timers.keyedBy(tag, key);
    this.world.timers.set(timer, this.world.now + this.clock.spanUs(afterMs));
  }

  cancelTimer(tag: string, key = 0): void {
    this.timers.cancel(tag, key);
  }

  /** A timer has fired. */
  forget(timer: Timer): void {
    this.timers.forget(timer);
  }

  compute(tag: string, ms: number, key = 0): void {
    if (!isSpan(ms)) throw spanError('compute', tag, ms, 'work takes');
    this.world.arrivals.compute(this, tag, key, msToUs(ms));
  }

  cancelCompute(tag: string, key = 0): void {
    this.world.arrivals.cancelJobs(this, tag, key);
  }

  get machines(): Machines {
    this.operator ??= this.makeOperator(this);
    return this.operator;
  }

  /** A life begins. */
  live(node: Node): void {
    assert(this.node === null, 'a node boots only when it is down');
    this.node = node;
    this.bornTicksUs = this.clock.ticksUs(this.world.now);
  }

  needFlush(): void {
    if (this.writeBackUs !== null) return this.writeBackLater(this.writeBackUs);
    this.holding = true;
    this.flushDue = true;
  }

  needSync(): void {
    this.flushDue = true;
  }

  /** The page cache is the machine's: it is written back whether or not the node is up. */
  private writeBackLater(afterUs: number): void {
    if (this.writeBackDue) return;
    this.writeBackDue = true;
    this.world.at(this.world.now + afterUs, () => {
      this.writeBackDue = false;
      if (this.disk.issued !== this.disk.durable) this.startFlush();
    });
  }

  notifySoon(tag: string, key: number): void {
    this.setTimer(tag, 0, key);
  }

  /** At the end of a handler that wrote: one flush for all its writes. */
  startFlush(): void {
    this.flushDue = false;
    const { disk } = this;
    if (disk.flushing || disk.instant) return;
    disk.beginFlush();
    const ownUs = this.sync === null ? 0 : this.syncUs(this.sync);
    const us = disk.faults === null ? ownUs : disk.faults.flushUs(ownUs);
    this.world.queueFlush(this.index, us, this.flushes);
  }

  /** Draws from other streams from now on. */
  branch(): void {
    const { streams } = this.world;
    streams.restart(this.random, `node/${this.self}`);
    if (this.diskStream !== null) streams.restart(this.diskStream, `disk/${this.self}`);
  }

  private syncUs(sync: Distribution): number {
    this.diskStream ??= this.world.streams.make(`disk/${this.self}`);
    return sync.sampleUs(this.diskStream);
  }

  /** A flush is done: release what waited for it, then flush what was written meanwhile. */
  endFlush(): void {
    const ready = this.disk.endFlush(this.world.now, this.node !== null);
    const { writeBackUs } = this;
    const isDirty = this.disk.issued !== this.disk.durable;
    this.holding = isDirty && writeBackUs === null;
    // A paused node sends nothing: what waited for this flush leaves when it resumes.
    if (this.pausedBy.length === 0) this.releaseHeld();
    if (isDirty) {
      if (writeBackUs === null || this.disk.isAwaited) this.startFlush();
      else this.writeBackLater(writeBackUs);
    }
    for (const waiter of ready) this.setTimer(waiter.tag, 0, waiter.key);
  }

  /** Sends what waited for the disk and need not any more. */
  releaseHeld(): void {
    const held = this.held;
    const durable = this.disk.durable;
    const { recorder } = this.world;
    let sent = 0;
    while (sent < held.length && held[sent]!.seq <= durable) {
      const { to, message, n } = held[sent]!;
      recorder.cause = n;
      this.world.send(this.index, to, message);
      sent++;
    }
    recorder.cause = 0;
    if (sent === held.length) this.held = [];
    else if (sent > 0) held.splice(0, sent);
  }

  /** The timers that are set, the next one due first: a crash keeps them from firing. */
  timersSet(): readonly Timer[] {
    return this.timers.set();
  }

  /**
   * Everything volatile is gone. Returns how many writes were lost that no sync had confirmed.
   */
  die(power: boolean): number {
    this.node = null;
    this.life++;
    this.held = [];
    this.holding = false;
    this.flushDue = false;
    this.busyUntilUs = 0;
    this.troubles?.clear();
    this.world.recorder.measured.endGauges(this.world.now, this.index);
    // A flush under way comes to nothing, unless it is of a page cache that outlives the node.
    if (power || this.writeBackUs === null) this.flushes++;
    const lost = this.disk.crash(this.world.now, power);
    const { disk, writeBackUs } = this;
    if (writeBackUs !== null && disk.issued !== disk.durable && !disk.flushing) {
      this.writeBackLater(writeBackUs);
    }
    this.timers.clear();
    return lost;
  }

  /** The page cache of a node that is down is gone. Returns how many writes were lost with it. */
  losePower(): number {
    this.flushes++;
    return this.disk.crash(this.world.now, true);
  }

  /** Empties the disk of a node that is down; gives how many records it held. */
  wipeDisk(): number {
    this.flushes++;
    return this.disk.wipe();
  }

  // Faults.

  /** Whether an event may have to wait, or be looked at more closely, before the node gets it. */
  refreshReadiness(): void {
    this.unready =
      this.pausedBy.length !== 0 ||
      this.pace.messageUs !== 0 ||
      this.troubles !== null ||
      this.busyUntilUs > this.world.now ||
      !this.inbox.isEmpty;
  }

  /** It is up, and not paused. */
  get runs(): boolean {
    return this.node !== null && this.pausedBy.length === 0;
  }

  /** The cores that it shares with the other nodes of its machine. */
  get processor(): Processor {
    this.knownProcessor ??= new Processor(this.cores, [this.index]);
    return this.knownProcessor;
  }

  /** A message begins to keep a core busy. */
  occupy(): void {
    const { now } = this.world;
    this.busyUntilUs = now + this.pace.messageUs;
    if (this.pace.messageUs !== 0) this.processor.hold(this.index, now, this.busyUntilUs);
    this.pace.countMessage();
  }

  /** Slows the processor; returns how to undo it. */
  slow(change: ProcessorChange, tally: Tally): () => void {
    this.pace = this.pace.own();
    const undo = this.pace.slow(change, tally);
    this.paceChanged();
    return () => {
      undo();
      this.paceChanged();
    };
  }

  private paceChanged(): void {
    this.refreshReadiness();
    if (this.jobs.size > 0) this.world.arrivals.retime(this);
  }

  /** Makes trouble for the requests that reach it; returns how to undo it. */
  trouble(trouble: RequestTrouble, tally: Tally, stream: Stream): () => void {
    this.troubles ??= new RequestTroubles();
    const undo = this.troubles.add(trouble, tally, stream);
    this.refreshReadiness();
    return () => {
      undo();
      if (this.troubles?.isEmpty === true) this.troubles = null;
      this.refreshReadiness();
    };
  }

  /** Changes the clock, and the timers under way with it; returns how to undo it. */
  changeClock(change: ClockChange, tally: Tally): () => void {
    this.clock = this.clock.own();
    const pace = this.clock.pace;
    const undo = this.clock.change(change, tally, this.world.now);
    this.stretchTimers(pace, tally);
    return () => {
      const before = this.clock.pace;
      undo(this.world.now);
      this.stretchTimers(before, tally);
    };
  }

  /** What is left of each timer runs at the clock's new pace. */
  private stretchTimers(before: number, tally: Tally): void {
    const { pace } = this.clock;
    if (pace === before) return;
    tally.timersMoved += this.timers.stretch(before / pace, this.world.now);
  }
}

const NOTHING: Detail = {};
