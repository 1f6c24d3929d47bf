/**
 * A small world for nodes that are driven by hand: a clock, links, timers, disks, crashes. It is
 * not the kernel; what is tested here is the node alone. Names without a node stand for clients:
 * what is sent to them is kept.
 */
import type { Interface } from '../../src/sim/interface.ts';
import type { Context, Log, Message, Node, NodeId, Plain, Storage } from '../../src/sim/node.ts';
import type { BoundPolicy } from '../../src/sim/policy.ts';
import type { Reply } from '../../src/sim/rpc.ts';
import type { Place } from '../../src/sim/system.ts';
import { describeMessage } from '../../src/sim/trace.ts';
import { fixedRandom } from './fixed-random.ts';

export interface DriveOptions {
  readonly seed?: number;
  /** One way, in ms; null: the message is lost. */
  readonly link?: (from: NodeId, to: NodeId, message: Message) => number | null;
  /** Time of a flush; 0: writes are durable at once. */
  readonly diskMs?: number;
}

export interface Sent {
  readonly atMs: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

export class Drive {
  readonly sent: Sent[] = [];
  readonly notes: string[] = [];
  /** What nodes measured: `lb picks 1 of web-2`. */
  readonly measured: string[] = [];
  /** Called for every message to a name that has no node. */
  onOutside: ((sent: Sent) => void) | null = null;
  private readonly link: NonNullable<DriveOptions['link']>;
  private readonly hosts = new Map<NodeId, DrivenHost>();
  private readonly queue = new DueQueue();
  private clockUs = 0;
  readonly diskMs: number;
  readonly seed: number;
  private requests = 0;

  constructor(options: DriveOptions = {}) {
    this.seed = options.seed ?? 1;
    this.link = options.link ?? (() => 1);
    this.diskMs = options.diskMs ?? 0;
  }

  get nowMs(): number {
    return this.clockUs / 1000;
  }

  /** Adds a node and boots it. */
  add(id: NodeId, make: () => Node, peers: readonly NodeId[] = []): this {
    const host = new DrivenHost(this, id, make, peers, this.seed + this.hosts.size);
    this.hosts.set(id, host);
    host.boot();
    return this;
  }

  node(id: NodeId): Node {
    const node = this.hosts.get(id)?.node;
    if (node === null || node === undefined) throw new Error(`${id} is not up`);
    return node;
  }

  /** The timers that a node has set and not cancelled: `call 3`. */
  timersOf(id: NodeId): readonly string[] {
    return this.hosts.get(id)?.armed() ?? [];
  }

  crash(id: NodeId): void {
    this.hosts.get(id)?.crash();
  }

  boot(id: NodeId): void {
    this.hosts.get(id)?.boot();
  }

  /** Hands a message over now. */
  deliver(from: NodeId, to: NodeId, message: Message): void {
    this.hosts.get(to)?.receive(from, message);
  }

  /** Hands over a request of a client now; returns its id. */
  ask(
    to: NodeId,
    body: Message & { readonly [field: string]: unknown },
    timeoutMs?: number,
  ): number {
    this.requests++;
    const id = this.requests;
    const request = {
      ...body,
      id,
      session: 's',
      serial: id,
      attempt: 1,
      timeoutMs: timeoutMs ?? null,
    };
    this.deliver('client', to, request);
    return id;
  }

  send(from: NodeId, to: NodeId, message: Message): void {
    const sent = { atMs: this.nowMs, from, to, message };
    this.sent.push(sent);
    if (!this.hosts.has(to)) return this.onOutside?.(sent);
    const afterMs = this.link(from, to, message);
    if (afterMs !== null) this.after(afterMs, () => this.deliver(from, to, message));
  }

  after(ms: number, run: () => void): void {
    this.queue.push(this.clockUs + Math.round(ms * 1000), run);
  }

  /** Runs all that is due up to this moment. */
  until(ms: number): this {
    const endUs = Math.round(ms * 1000);
    for (let run = this.take(endUs); run !== null; run = this.take(endUs)) run();
    if (endUs !== Infinity) this.clockUs = endUs;
    return this;
  }

  /** Runs until nothing is left to do. */
  untilQuiet(): this {
    return this.until(Infinity);
  }

  /** What was sent since the last look, one line each: `12ms a→b read key=x`. */
  transcript(wanted: (sent: Sent) => boolean = () => true): string {
    return this.sent
      .splice(0)
      .filter(wanted)
      .map(({ atMs, from, to, message }) => `${atMs}ms ${from}→${to} ${describeMessage(message)}`)
      .join('\n');
  }

  /** Answers that clients have got, by request id. */
  answers(): ReadonlyMap<number, Reply> {
    const replies = this.sent.filter(
      ({ to, message }) => to === 'client' && 'inReplyTo' in message,
    );
    return new Map(replies.map(({ message }) => [(message as Reply).inReplyTo, message as Reply]));
  }

  private take(endUs: number): (() => void) | null {
    if (!(this.queue.nextUs <= endUs) || this.queue.nextUs === Infinity) return null;
    this.clockUs = this.queue.nextUs;
    return this.queue.pop();
  }
}

class DrivenHost {
  node: Node | null = null;
  private readonly drive: Drive;
  private readonly make: () => Node;
  private readonly ctx: Context;
  private readonly disk: DrivenDisk;
  private readonly timers = new Map<string, number>();
  private arms = 0;
  private life = 0;

  constructor(drive: Drive, id: NodeId, make: () => Node, peers: readonly NodeId[], seed: number) {
    this.drive = drive;
    this.make = make;
    this.disk = new DrivenDisk(drive, (tag, key) => this.ctx.setTimer(tag, 0, key));
    const livesOf = () => this.life;
    this.ctx = {
      self: id,
      get life() {
        return livesOf();
      },
      peers,
      random: fixedRandom(seed),
      storage: this.disk,
      now: () => drive.nowMs,
      elapsed: () => drive.nowMs,
      // Its processor has a core for everything.
      compute: (tag, ms, key = 0) => this.setTimer(tag, ms, key),
      cancelCompute: (tag, key = 0) => void this.timers.delete(`${tag} ${key}`),
      get machines(): never {
        throw new Error('nodes driven by hand operate no others');
      },
      send: (to, message) => this.disk.whenDurable(() => drive.send(id, to, message)),
      sendNow: (to, message) => drive.send(id, to, message),
      broadcast: (message) => {
        for (const peer of peers) this.ctx.send(peer, message);
      },
      setTimer: (tag, afterMs, key = 0) => this.setTimer(tag, afterMs, key),
      cancelTimer: (tag, key = 0) => void this.timers.delete(`${tag} ${key}`),
      measure: (name, value = 1, of) => {
        drive.measured.push(`${id} ${name} ${value}${of === undefined ? '' : ` of ${of}`}`);
      },
      note: (label, detail) => {
        drive.notes.push(
          `${id} ${label}${detail === undefined ? '' : ` ${JSON.stringify(detail)}`}`,
        );
      },
    };
  }

  boot(): void {
    this.node = this.make();
    this.life++;
    this.node.start(this.ctx);
  }

  crash(): void {
    this.node = null;
    this.timers.clear();
    this.disk.crash();
  }

  armed(): readonly string[] {
    return [...this.timers.keys()];
  }

  receive(from: NodeId, message: Message): void {
    this.node?.receive(this.ctx, from, message);
  }

  private setTimer(tag: string, afterMs: number, key: number): void {
    if (!(afterMs >= 0 && afterMs < Infinity)) throw new RangeError(`a timer of ${afterMs} ms`);
    this.arms++;
    const arm = this.arms;
    const name = `${tag} ${key}`;
    this.timers.set(name, arm);
    this.drive.after(afterMs, () => {
      if (this.timers.get(name) !== arm) return;
      this.timers.delete(name);
      this.node?.timeout?.(this.ctx, tag, key);
    });
  }
}

interface Contents {
  readonly records: Map<string, Plain>;
  readonly logs: Map<string, { start: number; rows: Plain[] }>;
}

/**
 * Applies each write to what is seen at once, and to what is durable after the flush that takes it
 * along.
 */
class DrivenDisk implements Storage {
  private seen: Contents = { records: new Map(), logs: new Map() };
  private durable: Contents = { records: new Map(), logs: new Map() };
  private unflushed: ((contents: Contents) => void)[] = [];
  private waiting: { seq: number; run: () => void }[] = [];
  private issued = 0;
  private flushed = 0;
  private life = 0;
  private readonly drive: Drive;
  private readonly notify: (tag: string, key: number) => void;

  constructor(drive: Drive, notify: (tag: string, key: number) => void) {
    this.drive = drive;
    this.notify = notify;
  }

  get(key: string): Plain | undefined {
    return this.seen.records.get(key);
  }

  set(key: string, value: Plain): void {
    this.write(({ records }) => void records.set(key, value));
  }

  delete(key: string): void {
    this.write(({ records }) => void records.delete(key));
  }

  keys(): readonly string[] {
    return [...this.seen.records.keys()];
  }

  log<R extends Plain = Plain>(name: string): Log<R> {
    const rowsOf = (contents: Contents) => {
      const log = contents.logs.get(name) ?? { start: 0, rows: [] };
      contents.logs.set(name, log);
      return log;
    };
    const seen = () => rowsOf(this.seen);
    return {
      get end() {
        return seen().start + seen().rows.length;
      },
      get start() {
        return seen().start;
      },
      at: (index) => {
        const row = seen().rows[index - seen().start];
        if (row === undefined) throw new RangeError(`no record ${index}`);
        return row as R;
      },
      append: (record) => this.write((contents) => void rowsOf(contents).rows.push(record)),
      truncate: (end) =>
        this.write((contents) => {
          const log = rowsOf(contents);
          log.rows.length = Math.max(0, end - log.start);
        }),
      dropTorn: () => 0,
      dropBefore: (start) =>
        this.write((contents) => {
          const log = rowsOf(contents);
          log.rows.splice(0, start - log.start);
          log.start = start;
        }),
    };
  }

  sync(tag: string, key = 0): void {
    const { life } = this;
    this.whenDurable(() => life === this.life && this.notify(tag, key));
  }

  whenDurable(run: () => void): void {
    if (this.issued === this.flushed) run();
    else this.waiting.push({ seq: this.issued, run });
  }

  crash(): void {
    this.life++;
    this.unflushed = [];
    this.waiting = [];
    this.issued = this.flushed;
    this.seen = structuredClone(this.durable);
  }

  private write(change: (contents: Contents) => void): void {
    change(this.seen);
    if (this.drive.diskMs === 0) return change(this.durable);
    this.unflushed.push(change);
    this.issued++;
    const { issued, life } = this;
    this.drive.after(this.drive.diskMs, () => life === this.life && this.flush(issued));
  }

  private flush(upTo: number): void {
    while (this.flushed < upTo) {
      this.unflushed.shift()?.(this.durable);
      this.flushed++;
    }
    const ready = this.waiting.filter(({ seq }) => seq <= upTo);
    this.waiting = this.waiting.filter(({ seq }) => seq > upTo);
    for (const { run } of ready) run();
  }
}

/** By time, and by order of insertion where times are equal: a binary heap. */
class DueQueue {
  private readonly items: Due[] = [];
  private n = 0;

  get nextUs(): number {
    return this.items[0]?.atUs ?? Infinity;
  }

  push(atUs: number, run: () => void): void {
    this.n++;
    const item = { atUs, n: this.n, run };
    const { items } = this;
    let i = items.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(item, items[parent] as Due)) break;
      items[i] = items[parent] as Due;
      i = parent;
    }
    items[i] = item;
  }

  pop(): () => void {
    const { items } = this;
    const top = items[0] as Due;
    const item = items.pop() as Due;
    if (items.length === 0) return top.run;
    let i = 0;
    for (let child = 1; child < items.length; child = 2 * i + 1) {
      if (child + 1 < items.length && before(items[child + 1] as Due, items[child] as Due)) child++;
      if (!before(items[child] as Due, item)) break;
      items[i] = items[child] as Due;
      i = child;
    }
    items[i] = item;
    return top.run;
  }
}

interface Due {
  readonly atUs: number;
  readonly n: number;
  readonly run: () => void;
}

function before(a: Due, b: Due): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.n < b.n);
}

export interface PlaceOptions {
  readonly members?: readonly NodeId[];
  readonly groups?: { readonly [name: string]: readonly NodeId[] };
  readonly policies?: { readonly [target: string]: readonly BoundPolicy[] };
  readonly answers?: readonly Interface[];
}

/** Where a driven node stands. Any name that is no group is a node. */
export function placeOf(self: NodeId, options: PlaceOptions = {}): Place {
  const members = options.members ?? [self];
  const groups = new Map(Object.entries(options.groups ?? {}));
  const policies = new Map(Object.entries(options.policies ?? {}));
  return {
    self,
    group: self,
    index: Math.max(0, members.indexOf(self)),
    role: null,
    members,
    initial: members,
    region: null,
    of: () => [],
    regionOf: () => null,
    label: () => null,
    answers: options.answers ?? [],
    machine: null,
    resolve: (name) => groups.get(name) ?? [name],
    policiesFor: (target) => policies.get(target) ?? [],
    policyNameOf: (node) => {
      if (policies.has(node)) return node;
      return [...groups].find(([, nodes]) => nodes.includes(node))?.[0] ?? node;
    },
  };
}
