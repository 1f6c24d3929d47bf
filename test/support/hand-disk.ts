/**
 * A disk that writes when the test says so. Reads see every write at once; a write is durable when
 * it has been flushed, in the order issued; a crash loses the rest, or all but some of the oldest.
 */
import type { Log, Plain, Storage } from '../../src/sim/node.ts';

interface Write {
  /** Does the write to a state, visible or durable. */
  readonly apply: (state: DiskState) => void;
}

interface LogState {
  start: number;
  records: Plain[];
}

class DiskState {
  readonly records = new Map<string, Plain>();
  readonly logs = new Map<string, LogState>();

  log(name: string): LogState {
    let log = this.logs.get(name);
    if (log === undefined) {
      log = { start: 0, records: [] };
      this.logs.set(name, log);
    }
    return log;
  }

  become(other: DiskState): void {
    this.records.clear();
    for (const [key, value] of other.records) this.records.set(key, value);
    // Logs keep their identity: nodes hold on to them.
    for (const [name, log] of this.logs) {
      const { start, records } = other.log(name);
      log.start = start;
      log.records = [...records];
    }
  }
}

export interface Ready {
  readonly tag: string;
  readonly key: number;
}

export class HandDisk implements Storage {
  private readonly visible = new DiskState();
  private readonly kept = new DiskState();
  private writes: Write[] = [];
  private syncs: (Ready & { readonly write: number })[] = [];
  /** How many writes were issued, and how many of them are durable. */
  issued = 0;
  durable = 0;

  get(key: string): Plain | undefined {
    return this.visible.records.get(key);
  }

  set(key: string, value: Plain): void {
    this.write({ apply: (state) => state.records.set(key, value) });
  }

  delete(key: string): void {
    this.write({ apply: (state) => state.records.delete(key) });
  }

  keys(): readonly string[] {
    return [...this.visible.records.keys()];
  }

  log<R extends Plain = Plain>(name: string): Log<R> {
    return new HandLog(this, this.visible.log(name), name) as unknown as Log<R>;
  }

  sync(tag: string, key = 0): void {
    this.syncs.push({ tag, key, write: this.issued });
  }

  write(write: Write): void {
    write.apply(this.visible);
    this.writes.push(write);
    this.issued++;
  }

  /** Makes the oldest `count` writes durable. */
  flush(count = Infinity): void {
    const done = Math.min(count, this.writes.length);
    for (const write of this.writes.splice(0, done)) write.apply(this.kept);
    this.durable += done;
  }

  /** Whether somebody who called `sync` can be told. */
  get hasReady(): boolean {
    return this.syncs.some(({ write }) => write <= this.durable);
  }

  /** Those who called `sync` and can be told now. */
  takeReady(): readonly Ready[] {
    const ready = this.syncs.filter(({ write }) => write <= this.durable);
    if (ready.length > 0) this.syncs = this.syncs.filter(({ write }) => write > this.durable);
    return ready;
  }

  /** Power is gone; the oldest `surviving` of the writes under way had just been done. */
  crash(surviving = 0): void {
    this.flush(surviving);
    this.writes = [];
    this.syncs = [];
    this.issued = this.durable;
    this.visible.become(this.kept);
  }
}

class HandLog implements Log {
  private readonly disk: HandDisk;
  private readonly state: LogState;
  private readonly name: string;

  constructor(disk: HandDisk, state: LogState, name: string) {
    this.disk = disk;
    this.state = state;
    this.name = name;
  }

  get start(): number {
    return this.state.start;
  }

  get end(): number {
    return this.state.start + this.state.records.length;
  }

  at(index: number): Plain {
    const record = this.state.records[index - this.state.start];
    if (record === undefined) throw new RangeError(`no record ${index} in ${this.name}`);
    return record;
  }

  append(record: Plain): void {
    this.change((log) => log.records.push(record));
  }

  truncate(end: number): void {
    if (end >= this.end) return;
    this.change((log) => log.records.splice(Math.max(0, end - log.start)));
  }

  /** Its crashes tear nothing. */
  dropTorn(): number {
    return 0;
  }

  dropBefore(start: number): void {
    if (start <= this.start) return;
    this.change((log) => {
      log.records.splice(0, start - log.start);
      log.start = start;
    });
  }

  private change(apply: (log: LogState) => void): void {
    this.disk.write({ apply: (state) => void apply(state.log(this.name)) });
  }
}
