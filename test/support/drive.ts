/**
 * Drives one node by hand: `drive(make, 'n1', ['n2', 'n3'])` boots it in a context that writes
 * everything down.
 *
 * Nothing happens by itself. The test delivers messages (`receive`), moves the clock (`advance`),
 * and makes the disk write (`flush`), or leaves the disk at once (the default). What the node did
 * is read as a transcript in the canonical text of `trace.ts`, one line each, which makes an inline
 * snapshot:
 *
 *     const n1 = drive(() => new QuorumRegister(500), 'n1', ['n2', 'n3']); n1.receive('c1', { type:
 *     'read', id: 7, key: 'x' }); expect(n1.sent()).toMatchInlineSnapshot(`...`);
 */
import type { Context, Detail, Message, Node, NodeId, Random } from '../../src/sim/node.ts';
import { describeEvent, describeMessage } from '../../src/sim/trace.ts';
import { fixedRandom } from './fixed-random.ts';
import { HandDisk } from './hand-disk.ts';

export interface DriveOptions {
  /** A stream of its own; without it a fixed one, the same for every node. */
  readonly random?: Random;
  /** `at-once`: writes are durable when their handler returns. `by-hand`: only by `flush`. */
  readonly disk?: 'at-once' | 'by-hand';
  /** What was on the disk before the first boot. */
  readonly storage?: (storage: Context['storage']) => void;
  /** No transcript is kept: for tests of many thousand steps. */
  readonly quiet?: boolean;
}

/** A message that has left the node. */
export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** The messages that a node takes. */
export type MessageOf<N> = N extends Node<infer M> ? M : never;

interface Timer {
  readonly tag: string;
  readonly key: number;
  readonly atMs: number;
  /** Timers due at the same time fire in the order they were set. */
  readonly n: number;
}

interface Held {
  readonly write: number;
  readonly sent: Sent;
}

/** Boots a node. `make` is called again by `restart`: a crash takes the object with it. */
export function drive<N extends Node<never>>(
  make: () => N,
  self: NodeId,
  peers: readonly NodeId[],
  options: DriveOptions = {},
): Driven<N> {
  return new Driven(make, self, peers, options);
}

export class Driven<N extends Node<never>> implements Context {
  readonly self: NodeId;
  readonly peers: readonly NodeId[];
  readonly random: Random;
  readonly storage: HandDisk;
  life = 0;
  /** null while it is down. */
  private alive: N | null = null;
  private readonly make: () => N;
  private readonly byHand: boolean;
  private readonly quiet: boolean;
  private clockMs = 0;
  private bootedMs = 0;
  private timers: Timer[] = [];
  private timersSet = 0;
  private held: Held[] = [];
  private outbox: Sent[] = [];
  private lines: string[] = [];
  private sentLines: string[] = [];
  /** What it measured: name, value, and of what if it said so. */
  readonly measured: (readonly [name: string, value: number, of?: string])[] = [];

  constructor(
    make: () => N,
    self: NodeId,
    peers: readonly NodeId[],
    { random, disk = 'at-once', storage, quiet = false }: DriveOptions,
  ) {
    this.make = make;
    this.self = self;
    this.peers = peers;
    this.random = random ?? fixedRandom(1);
    this.byHand = disk === 'by-hand';
    this.quiet = quiet;
    this.storage = new HandDisk();
    storage?.(this.storage);
    this.storage.flush();
    this.restart();
  }

  // ---- what the test does --------------------------------------------------------------------

  /** The node of this life. Throws when it is down. */
  get node(): N {
    if (this.alive === null) throw new Error(`${this.self} is down`);
    return this.alive;
  }

  get up(): boolean {
    return this.alive !== null;
  }

  /** Delivers a message. */
  receive(from: NodeId, message: MessageOf<N>): this {
    if (!this.quiet) this.write({ type: 'deliver', from, to: this.self, message });
    return this.run((node) => node.receive(this as never, from, message as never));
  }

  /** Moves the clock on; fires the timers that come due, in their order. */
  advance(ms: number): this {
    const until = this.clockMs + ms;
    for (let next = this.nextTimer(); next !== null && next.atMs <= until; ) {
      this.fire(next);
      next = this.nextTimer();
    }
    this.clockMs = until;
    return this;
  }

  /**
   * Moves the clock to a time without firing anything: what comes due is fired late, as after a
   * pause.
   */
  tick(toMs: number): this {
    if (toMs > this.clockMs) this.clockMs = toMs;
    return this;
  }

  /** Fires the timer that is due next, whenever that is; the clock moves there. */
  fireNext(): this {
    const next = this.nextTimer();
    if (next === null) throw new Error(`${this.self} has set no timer`);
    return this.fire(next);
  }

  /** Moves the clock to the timer with this tag and fires it, and none of those before it. */
  fireTimer(tag: string, key = 0): this {
    const timer = this.timers.find((each) => each.tag === tag && each.key === key);
    if (timer === undefined) throw new Error(`${this.self} has set no timer ${tag}`);
    return this.fire(timer);
  }

  /** Makes the oldest writes durable (all, without a number), and lets go what waited for them. */
  flush(writes = Infinity): this {
    this.storage.flush(writes);
    this.write({ type: 'flush' });
    this.release();
    return this;
  }

  /** Stops dead. Of the writes under way the oldest `surviving` have reached the disk. */
  crash(surviving = 0): this {
    this.write({ type: 'crash' });
    this.alive = null;
    this.held = [];
    this.timers = [];
    this.storage.crash(surviving);
    return this;
  }

  /** Boots again, with what was durable. */
  restart(): this {
    if (this.alive !== null) throw new Error(`${this.self} is up`);
    this.write({ type: 'boot' });
    this.alive = this.make();
    this.life++;
    this.bootedMs = this.clockMs;
    return this.run((node) => node.start(this as never));
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
    return this.held.map(({ sent }) => describeSent(sent)).join('\n');
  }

  /** When the next timer is due, on this node's clock; Infinity without one. */
  get nextTimerAtMs(): number {
    return this.nextTimer()?.atMs ?? Infinity;
  }

  /** The timers set: `election 150`, in the order they are due. */
  timersSetFor(): string[] {
    const order = [...this.timers].sort((a, b) => a.atMs - b.atMs || a.n - b.n);
    return order.map(({ tag, key, atMs }) => `${tag}${key === 0 ? '' : ` ${key}`} ${atMs}`);
  }

  /** Writes issued and not durable yet. */
  get dirty(): number {
    return this.storage.issued - this.storage.durable;
  }

  inspect(): Detail {
    return this.node.inspect?.() ?? {};
  }

  // ---- Context: what the node sees -----------------------------------------------------------

  now(): number {
    return this.clockMs;
  }

  elapsed(): number {
    return this.clockMs - this.bootedMs;
  }

  /** Its processor has a core for everything. */
  compute(tag: string, ms: number, key = 0): void {
    this.setTimer(tag, ms, key);
  }

  cancelCompute(tag: string, key = 0): void {
    this.cancelTimer(tag, key);
  }

  get machines(): never {
    throw new Error(`${this.self} is driven by hand: there are no other nodes`);
  }

  send(to: NodeId, message: Message): void {
    const sent: Sent = { from: this.self, to, message };
    if (this.storage.issued === this.storage.durable) this.leave(sent);
    else this.held.push({ write: this.storage.issued, sent });
  }

  sendNow(to: NodeId, message: Message): void {
    this.leave({ from: this.self, to, message });
  }

  broadcast(message: Message): void {
    for (const peer of this.peers) this.send(peer, message);
  }

  setTimer(tag: string, afterMs: number, key = 0): void {
    if (!(afterMs >= 0 && afterMs < Infinity)) throw new RangeError(`setTimer ${tag} ${afterMs}`);
    this.cancelTimer(tag, key);
    this.timers.push({ tag, key, atMs: this.clockMs + afterMs, n: ++this.timersSet });
  }

  cancelTimer(tag: string, key = 0): void {
    const place = this.timers.findIndex((timer) => timer.tag === tag && timer.key === key);
    if (place >= 0) this.timers.splice(place, 1);
  }

  note(label: string, detail: Detail = {}): void {
    this.write({ type: 'note', node: this.self, label, detail });
  }

  measure(name: string, value = 1, of?: string): void {
    this.measured.push(of === undefined ? [name, value] : [name, value, of]);
  }

  // ---- the machinery -------------------------------------------------------------------------

  /** Runs a handler to its end, and then, unless the test does it, the disk. */
  private run(handler: (node: N) => void): this {
    handler(this.node);
    if (!this.byHand) this.settle();
    return this;
  }

  /** The disk writes until nobody waits for it: a `sync` may lead to further writes. */
  private settle(): void {
    do {
      this.storage.flush();
      this.release();
    } while (this.storage.issued !== this.storage.durable || this.storage.hasReady);
  }

  private release(): void {
    let free = 0;
    for (const { write, sent } of this.held) {
      if (write > this.storage.durable) break;
      this.leave(sent);
      free++;
    }
    this.held.splice(0, free);
    for (const { tag, key } of this.storage.takeReady()) {
      this.write({ type: 'timer', node: this.self, tag, key });
      this.node.timeout?.(this as never, tag, key);
    }
  }

  private nextTimer(): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.timers) {
      if (
        next === null ||
        timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.n < next.n)
      ) {
        next = timer;
      }
    }
    return next;
  }

  private fire(timer: Timer): this {
    this.cancelTimer(timer.tag, timer.key);
    if (timer.atMs > this.clockMs) this.clockMs = timer.atMs;
    this.write({ type: 'timer', node: this.self, tag: timer.tag, key: timer.key });
    return this.run((node) => node.timeout?.(this as never, timer.tag, timer.key));
  }

  private leave(sent: Sent): void {
    this.outbox.push(sent);
    if (this.quiet) return;
    const line = describeSent(sent);
    this.lines.push(line);
    this.sentLines.push(line);
  }

  private write(what: Happening): void {
    if (!this.quiet) this.lines.push(describe(this.self, what));
  }
}

type Happening =
  | { type: 'deliver'; from: NodeId; to: NodeId; message: Message }
  | { type: 'note'; node: NodeId; label: string; detail: Detail }
  | { type: 'timer'; node: NodeId; tag: string; key: number }
  | { type: 'boot' | 'crash' | 'flush' };

/** The text of `trace.ts`, without the time: the clock stands still unless the test moves it. */
function describe(self: NodeId, what: Happening): string {
  const at = { atUs: 0, n: 0 };
  switch (what.type) {
    case 'deliver':
      return timeless(describeEvent({ ...at, ...what, id: 0, kind: what.message.type }));
    case 'note':
    case 'timer':
      return timeless(describeEvent({ ...at, ...what }));
    default:
      return timeless(describeEvent({ ...at, ...what, node: self }));
  }
}

function timeless(line: string): string {
  return line.slice(line.indexOf(' ') + 1);
}

function describeSent({ from, to, message }: Sent): string {
  return `${from}→${to} ${describeMessage(message)}`;
}
