/**
 * A node's disk: keyed records and append-only logs, with writes that are durable only after a
 * flush.
 *
 * Reads see the newest write at once, as a process reads its own page cache. What would be lost in
 * a crash is kept as an undo log: each write that is not yet durable remembers how to take itself
 * back, and a crash plays that backwards. A flush covers the writes issued before it began; those
 * issued meanwhile go together into the next one (group commit). Values are frozen in strict runs,
 * never copied: a writer must not change them afterwards.
 */
import type { Log, Plain, Storage } from '../node.ts';

/** What the disk asks of its host. */
export interface DiskHost {
  /** Starts a flush at the end of the current handler. */
  needFlush(): void;
  /** Everything is durable already: call `timeout(tag, key)` in an event of its own. */
  notifySoon(tag: string, key: number): void;
}

type Undo =
  | {
      readonly op: 'set';
      readonly key: string;
      readonly had: boolean;
      readonly old: Plain | undefined;
    }
  | { readonly op: 'append'; readonly log: DiskLog }
  | { readonly op: 'truncate'; readonly log: DiskLog; readonly tail: Plain[] }
  | { readonly op: 'drop'; readonly log: DiskLog; readonly head: Plain[] };

interface Waiter {
  readonly seq: number;
  readonly tag: string;
  readonly key: number;
}

export class Disk implements Storage {
  private readonly host: DiskHost;
  private readonly records = new Map<string, Plain>();
  private readonly logs = new Map<string, DiskLog>();
  /** Flushes take no time: every write is durable when made. */
  private readonly instant: boolean;
  /** Undo records of the writes (durable, issued]. */
  private undo: Undo[] = [];
  private waiters: Waiter[] = [];
  /** Writes issued and durable so far, and those that the flush under way covers. */
  issued = 0;
  durable = 0;
  private covered = 0;
  flushing = false;

  constructor(host: DiskHost, instant: boolean) {
    this.host = host;
    this.instant = instant;
  }

  get(key: string): Plain | undefined {
    return this.records.get(key);
  }

  set(key: string, value: Plain): void {
    if (!this.instant) {
      this.undo.push({ op: 'set', key, had: this.records.has(key), old: this.records.get(key) });
    }
    this.records.set(key, value);
    this.wrote();
  }

  delete(key: string): void {
    if (!this.records.has(key)) return;
    if (!this.instant) {
      this.undo.push({ op: 'set', key, had: true, old: this.records.get(key) });
    }
    this.records.delete(key);
    this.wrote();
  }

  keys(): readonly string[] {
    return [...this.records.keys()];
  }

  log<R extends Plain = Plain>(name: string): Log<R> {
    let log = this.logs.get(name);
    if (log === undefined) {
      log = new DiskLog(this);
      this.logs.set(name, log);
    }
    return log as unknown as Log<R>;
  }

  sync(tag: string, key = 0): void {
    if (this.issued === this.durable) this.host.notifySoon(tag, key);
    else this.waiters.push({ seq: this.issued, tag, key });
  }

  /** A log wrote: remember how to take it back. */
  wroteLog(undo: Undo): void {
    if (!this.instant) this.undo.push(undo);
    this.wrote();
  }

  private wrote(): void {
    this.issued++;
    if (this.instant) this.durable = this.issued;
    else if (!this.flushing) this.host.needFlush();
  }

  /** The flush begins: it covers what has been issued so far. */
  beginFlush(): void {
    this.flushing = true;
    this.covered = this.issued;
  }

  /** The flush is done. Returns the syncs that waited for what it covered, in order. */
  endFlush(): readonly Waiter[] {
    this.flushing = false;
    this.undo.splice(0, this.covered - this.durable);
    this.durable = this.covered;
    let ready = 0;
    while (ready < this.waiters.length && this.waiters[ready]!.seq <= this.durable) ready++;
    return ready === 0 ? NOBODY : this.waiters.splice(0, ready);
  }

  /**
   * Power is gone: everything that is not durable is as if it had never been written. Returns how
   * much that was.
   */
  crash(): number {
    const lost = this.issued - this.durable;
    for (let i = this.undo.length - 1; i >= 0; i--) this.takeBack(this.undo[i]!);
    this.undo = [];
    this.waiters = [];
    this.issued = this.durable;
    this.flushing = false;
    return lost;
  }

  private takeBack(undo: Undo): void {
    switch (undo.op) {
      case 'set':
        if (undo.had) this.records.set(undo.key, undo.old as Plain);
        else this.records.delete(undo.key);
        return;
      case 'append':
        undo.log.unappend();
        return;
      case 'truncate':
        undo.log.untruncate(undo.tail);
        return;
      case 'drop':
        undo.log.undrop(undo.head);
        return;
    }
  }
}

const NOBODY: readonly Waiter[] = [];

/** The log of one name. `records[0]` has index `start`. */
class DiskLog implements Log {
  start = 0;
  private readonly disk: Disk;
  private readonly records: Plain[] = [];
  private readonly undoAppend: Undo;

  constructor(disk: Disk) {
    this.disk = disk;
    this.undoAppend = { op: 'append', log: this };
  }

  get end(): number {
    return this.start + this.records.length;
  }

  at(index: number): Plain {
    const record = this.records[index - this.start];
    if (record === undefined) {
      throw new RangeError(`the log holds ${this.start}..${this.end - 1}, not ${index}`);
    }
    return record;
  }

  append(record: Plain): void {
    this.records.push(record);
    this.disk.wroteLog(this.undoAppend);
  }

  truncate(end: number): void {
    if (end >= this.end) return;
    const tail = this.records.splice(Math.max(0, end - this.start));
    this.disk.wroteLog({ op: 'truncate', log: this, tail });
  }

  dropBefore(start: number): void {
    if (start <= this.start) return;
    const head = this.records.splice(0, start - this.start);
    this.start += head.length;
    this.disk.wroteLog({ op: 'drop', log: this, head });
  }

  unappend(): void {
    this.records.pop();
  }

  untruncate(tail: readonly Plain[]): void {
    for (const record of tail) this.records.push(record);
  }

  undrop(head: readonly Plain[]): void {
    this.records.unshift(...head);
    this.start -= head.length;
  }
}
