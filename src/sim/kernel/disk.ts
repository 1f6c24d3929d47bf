/**
 * A node's disk: keyed records and append-only logs, with writes that are durable only after a
 * flush.
 *
 * Reads see the newest write at once, as a process reads its own page cache. What would be lost in
 * a crash is kept as an undo log: each write that is not yet safe remembers how to take itself
 * back, and a crash plays that backwards. A flush covers the writes issued before it began; those
 * issued meanwhile go together into the next one (group commit). Values are frozen in strict runs,
 * never copied: a writer must not change them afterwards.
 *
 * Durable is what the disk reported; safe is what a crash leaves. They differ on a disk that lies.
 */
import { assert } from '../assert.ts';
import type { DiskChange, DiskDamage } from '../fault.ts';
import type { Log, Plain, Storage } from '../node.ts';
import { alteredRecord } from './corruption.ts';
import { type Damage, DiskError, DiskFaults, readDamaged } from './disk-faults.ts';
import { GoneWrites } from './disk-gone.ts';
import { DiskLog, type LogUndo } from './disk-log.ts';
import { KeyOrder } from './key-order.ts';
import { removeOne, type Tally } from './network.ts';
import type { Stream } from './random.ts';

/** What the disk asks of its host. */
export interface DiskHost {
  /** Starts a flush at the end of the current handler. */
  needFlush(): void;
  /** Somebody waits for a flush: it starts at the end of the current handler. */
  needSync(): void;
  /** Everything is durable already: call `timeout(tag, key)` in an event of its own. */
  notifySoon(tag: string, key: number): void;
}

/** How to take back a write. */
export type Undo =
  | {
      readonly op: 'set';
      readonly key: string;
      readonly had: boolean;
      readonly old: Plain | undefined;
      readonly marks: Damage[] | undefined;
      /** Of a delete: the key's place in the order first written. */
      readonly born?: number | undefined;
    }
  | LogUndo;

interface Waiter {
  readonly seq: number;
  readonly tag: string;
  readonly key: number;
}

/** A flush that was reported and not done. */
interface Lie {
  readonly seq: number;
  /** When what it covered is safe after all, whether or not the disk still lies then. */
  readonly untilUs: number;
  readonly liars: readonly Tally[];
}

// Empty, and always: nodes that write no records, or no logs, share them.
const NO_RECORDS = new Map<string, Plain>();
const NO_LOGS = new Map<string, DiskLog>();

export class Disk implements Storage {
  private readonly host: DiskHost;
  private records: Map<string, Plain> = NO_RECORDS;
  private readonly order = new KeyOrder();
  private logs: Map<string, DiskLog> = NO_LOGS;
  /** The disk's own flushes take no time. */
  private readonly ownInstant: boolean;
  private readonly cached: boolean;
  retriesFailed = false;
  /** Flushes take no time: every write is durable when made. */
  instant: boolean;
  /** Writes may have to be taken back. */
  private remembers: boolean;
  /** How to take back the writes that are not safe, the oldest first. */
  private undo: Undo[] = [];
  private waiters: Waiter[] = [];
  /** Writes issued and durable so far, and those that the flush under way covers. */
  issued = 0;
  durable = 0;
  private covered = 0;
  flushing = false;

  /** It is read for somebody who only looks on: nothing is counted. */
  observed = false;
  /** null as long as no fault holds it. */
  faults: DiskFaults | null = null;
  /** Strikes that hold it, damage included. */
  readonly heldBy: Tally[] = [];
  /** It has lost or damaged, at some time, what it had reported as durable. */
  hasLost = false;
  /** Damage by the key of its record; null as long as there is none. */
  private marks: Map<string, Damage[]> | null = null;
  private lies: Lie[] = [];
  /** null as long as no flush has failed without a word. */
  private gone: GoneWrites | null = null;
  /** The flush under way was begun since the last one failed. */
  private triesAgain = false;

  /** `cached`: writes stay in the page cache of the machine until somebody wants them flushed. */
  constructor(host: DiskHost, instant: boolean, cached = false) {
    this.host = host;
    this.cached = cached;
    this.ownInstant = instant && !cached;
    this.instant = this.ownInstant;
    this.remembers = !this.ownInstant;
  }

  get(key: string): Plain | undefined {
    const value = this.records.get(key);
    if (this.marks === null || value === undefined) return value;
    const damage = this.marks.get(key);
    return damage === undefined
      ? value
      : readDamaged(value, damage, `record ${key}`, !this.observed);
  }

  set(key: string, value: Plain): void {
    if (this.faults !== null) this.faults.refuseIfFull('set', key);
    const marks = this.takeMarks(key);
    if (this.remembers) {
      const old = this.records.get(key);
      this.undo.push({ op: 'set', key, had: this.records.has(key), old, marks });
    }
    if (this.records === NO_RECORDS) this.records = new Map();
    const { size } = this.records;
    this.records.set(key, value);
    if (this.records.size !== size) this.order.add(key);
    this.number();
  }

  delete(key: string): void {
    if (!this.records.has(key)) return;
    const marks = this.takeMarks(key);
    const old = this.records.get(key);
    const born = this.order.remove(key);
    if (this.remembers) this.undo.push({ op: 'set', key, had: true, old, marks, born });
    this.records.delete(key);
    this.number();
  }

  keys(): readonly string[] {
    return [...this.records.keys()];
  }

  log<R extends Plain = Plain>(name: string): Log<R> {
    let log = this.logs.get(name);
    if (log === undefined) {
      log = new DiskLog(this, name);
      if (this.logs === NO_LOGS) this.logs = new Map();
      this.logs.set(name, log);
    }
    return log as unknown as Log<R>;
  }

  sync(tag: string, key = 0): void {
    if (this.issued === this.durable) this.host.notifySoon(tag, key);
    else {
      this.waiters.push({ seq: this.issued, tag, key });
      if (this.cached && !this.flushing) this.host.needSync();
    }
  }

  /** Somebody waits for a flush. */
  get isAwaited(): boolean {
    return this.waiters.length > 0;
  }

  /** A log wrote: remember how to take it back. */
  wrote(undo: LogUndo): void {
    if (this.remembers) this.undo.push(undo);
    this.number();
  }

  private number(): void {
    this.issued++;
    if (this.instant) this.durable = this.issued;
    else if (!this.flushing) this.host.needFlush();
  }

  /** The flush begins: it covers what has been issued so far. */
  beginFlush(): void {
    assert(!this.flushing, 'a disk flushes once at a time');
    assert(this.durable <= this.issued, 'only what was issued is durable');
    this.flushing = true;
    this.covered = this.issued;
  }

  /** The flush is done. Returns the syncs that waited for it. Throws if a node `heard` and dies. */
  endFlush(nowUs: number, heard = true): readonly Waiter[] {
    assert(this.flushing, 'only a flush that has begun ends');
    assert(this.covered >= this.durable, 'what is durable stays durable');
    assert(this.covered <= this.issued, 'a flush covers only what was issued before it');
    this.flushing = false;
    this.expireLies(nowUs);
    if (this.hasFailed(heard)) return NOBODY;
    this.durable = this.covered;
    if (this.faults?.lies === true) this.lie(this.faults, nowUs);
    else this.makeSafe(this.covered);
    if (this.durable === this.issued) this.settle();
    let ready = 0;
    while (ready < this.waiters.length && this.waiters[ready]!.seq <= this.durable) ready++;
    return ready === 0 ? NOBODY : this.waiters.splice(0, ready);
  }

  /**
   * Whether the flush fails. Throws if the node dies of it; else what it covered is gone, and the
   * next flush, which finds nothing of it to write, succeeds.
   */
  private hasFailed(heard: boolean): boolean {
    let failed: Tally | null = null;
    try {
      failed = this.triesAgain ? null : (this.faults?.failedFlush(this.retriesFailed) ?? null);
    } catch (error) {
      // The process dies, the pages stay in the cache, and are clean.
      if (this.cached && error instanceof DiskError) this.loseCovered(error.tally);
      if (heard) throw error;
      return true;
    }
    this.triesAgain = failed !== null;
    if (failed === null) return false;
    this.loseCovered(failed);
    return true;
  }

  private loseCovered(tally: Tally): void {
    const unsafe = this.issued - this.covered;
    const count = Math.max(0, this.undo.length - unsafe);
    this.gone ??= new GoneWrites();
    this.gone.lose(this.undo, count, tally);
    if (count > 0) this.hasLost = true;
    this.undo.splice(0, count);
  }

  /** Writes up to this one survive a crash. */
  makeSafe(seq: number): void {
    const unsafe = this.issued - seq;
    if (unsafe < this.undo.length) {
      const count = this.undo.length - unsafe;
      this.gone?.write(this.undo, count);
      this.undo.splice(0, count);
    }
    const told = this.lies.findIndex((lie) => lie.seq > seq);
    if (told !== 0) this.lies.splice(0, told < 0 ? this.lies.length : told);
  }

  /** Reports a flush that was not done. */
  private lie(faults: DiskFaults, nowUs: number): void {
    // Writes are safe in the order issued: what would be safe earlier than an older one is not.
    const untilUs = Math.max(nowUs + faults.cacheUs, this.lies.at(-1)?.untilUs ?? 0);
    // For ever: only the last is of interest.
    if (untilUs === Infinity) this.lies = this.lies.filter((lie) => lie.untilUs !== Infinity);
    this.lies.push({ seq: this.covered, untilUs, liars: faults.liars });
  }

  /** What has been in the cache for long is safe after all. */
  private expireLies(nowUs: number): void {
    let seq = -1;
    for (const lie of this.lies) {
      if (lie.untilUs > nowUs) break;
      seq = lie.seq;
    }
    if (seq >= 0) this.makeSafe(seq);
  }

  /**
   * Chooses the way that writes take under the faults now in force. Only when no write is on its
   * way to the disk.
   */
  private settle(): void {
    const addsTime = this.faults?.addsTime === true;
    const lies = this.faults?.lies === true;
    const fails = this.faults?.failsFlushes === true;
    this.instant = this.ownInstant && !addsTime && !lies && !fails;
    this.remembers = !this.instant;
    if (this.instant) this.makeSafe(this.issued);
  }

  /**
   * Power is gone: everything that is not safe is as if it had never been written, except for what
   * a torn write leaves. Returns how many writes were lost that had not been reported durable. A
   * page cache outlives its process, unless its machine is without `power`.
   */
  crash(nowUs: number, power = true): number {
    if (this.cached && !power) return this.outlive();
    const { faults } = this;
    this.expireLies(nowUs);
    const safe = this.issued - this.undo.length;
    const unsafe = this.undo.length;
    const kept = faults === null ? 0 : this.tearLast(faults);
    const lied = Math.max(0, this.durable - safe - kept);
    if (lied > 0) this.hasLost = true;
    for (const tally of this.lies.at(-1)?.liars ?? []) tally.writesLost += lied;
    while (this.undo.length > kept) this.takeBack(this.undo.pop()!);
    this.gone?.show(this.records, this.order);
    this.order.sort(this.records);
    this.waiters = [];
    this.issued = safe + kept;
    this.rest();
    this.settle();
    return unsafe - kept - lied;
  }

  /** Nothing is on its way to it any more. */
  private rest(): void {
    this.undo = [];
    this.lies = [];
    this.gone = null;
    this.triesAgain = false;
    this.durable = this.issued;
    this.flushing = false;
  }

  /** Its process is gone, and with it whoever waited. A flush under way goes on. */
  private outlive(): number {
    this.waiters = [];
    return 0;
  }

  /** Chooses the write that the crash cuts, and damages it; returns how many writes stay. */
  private tearLast(faults: DiskFaults): number {
    const { tear } = faults;
    if (tear === null) return 0;
    const { tally, stream } = tear;
    const tearable = this.undo.flatMap((undo, at) => {
      return undo.op === 'append' || (tear.all && undo.op === 'set') ? [at] : [];
    });
    if (tearable.length === 0) return 0;
    const at = stream.pick(tearable);
    // What came after it goes first, so that the record is where it was when it was written.
    while (this.undo.length > at + 1) this.takeBack(this.undo.pop()!);
    const damage: Damage = { strike: TORN, tally, torn: true, altered: undefined };
    const undo = this.undo[at]!;
    if (undo.op === 'append') undo.log.mark(undo.log.end - 1, damage);
    else if (undo.op === 'set') this.mark(undo.key, damage);
    tally.writesTorn++;
    return at + 1;
  }

  private takeBack(undo: Undo): void {
    if (undo.op !== 'set') return undo.log.takeBack(undo);
    if (undo.had) {
      this.records.set(undo.key, undo.old as Plain);
      this.order.restore(undo.key, undo.born);
    } else {
      this.records.delete(undo.key);
      this.order.remove(undo.key);
    }
    this.marks?.delete(undo.key);
    for (const damage of undo.marks ?? []) this.mark(undo.key, damage);
  }

  // Faults.

  /** Changes the disk; returns how to undo it. */
  change(change: DiskChange, tally: Tally, stream: Stream): () => void {
    this.faults ??= new DiskFaults();
    const undo = this.faults.add(change, tally, stream);
    this.heldBy.push(tally);
    this.retune();
    return () => {
      undo();
      removeOne(this.heldBy, tally);
      if (this.faults?.isEmpty === true) this.faults = null;
      this.retune();
    };
  }

  private retune(): void {
    if (this.durable === this.issued && !this.flushing) this.settle();
  }

  /** Damages records and log entries by chance; returns how many. `mend` undoes it. */
  damage(damage: DiskDamage, strike: object, tally: Tally, stream: Stream): number {
    let count = 0;
    this.heldBy.push(tally);
    const hit = (record: Plain): Damage => {
      count++;
      const read = damage.undetected ? alteredRecord(record, stream) : undefined;
      return { strike, tally, torn: false, altered: read };
    };
    if (damage.what !== 'logs') {
      for (const [key, value] of this.records) {
        if (stream.chance(damage.ratio)) this.mark(key, hit(value));
      }
    }
    if (damage.what !== 'records') {
      for (const log of this.logs.values()) {
        for (let i = log.start; i < log.end; i++) {
          if (stream.chance(damage.ratio)) log.mark(i, hit(log.peek(i)));
        }
      }
    }
    if (count > 0) this.hasLost = true;
    return count;
  }

  /** Undoes the damage of a strike, where it has not been written over. */
  mend(strike: object, tally: Tally): void {
    removeOne(this.heldBy, tally);
    for (const log of this.logs.values()) log.mend(strike);
    for (const [key, damage] of [...(this.marks ?? [])]) {
      const left = damage.filter((one) => one.strike !== strike);
      this.marks?.delete(key);
      for (const one of left) this.mark(key, one);
    }
    if (this.marks?.size === 0) this.marks = null;
  }

  /** Everything on it is gone, for a node that is down. */
  wipe(): number {
    let count = this.records.size;
    for (const log of this.logs.values()) count += log.end - log.start;
    this.hasLost = true;
    // What a page cache has not written back yet is gone with it.
    this.rest();
    this.records.clear();
    this.order.clear();
    this.logs = NO_LOGS;
    this.marks = null;
    return count;
  }

  /** Whether this damage is there for good, or the strike that did it still holds. */
  keeps({ torn, tally }: Damage): boolean {
    return torn || this.heldBy.includes(tally);
  }

  private mark(key: string, damage: Damage): void {
    if (!this.keeps(damage)) return;
    this.marks ??= new Map();
    const there = this.marks.get(key);
    if (there === undefined) this.marks.set(key, [damage]);
    else there.push(damage);
  }

  private takeMarks(key: string): Damage[] | undefined {
    if (this.marks === null) return undefined;
    const marks = this.marks.get(key);
    this.marks.delete(key);
    return marks;
  }
}

/** The mark of a torn record, which no fault takes back: it stays when the faults heal. */
const TORN = {};
const NOBODY: readonly Waiter[] = [];
