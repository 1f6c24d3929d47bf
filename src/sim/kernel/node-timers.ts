/** The timers of one node, by tag and key; a crash clears them. The world has one table of all. */
import type { Timer, TimerTable } from './timers.ts';

export class NodeTimers {
  /** The timer without key that was set last. */
  private last: Timer | null = null;
  private readonly table: TimerTable;
  private readonly host: number;
  /** The first without key; most nodes have no other. */
  private first: Timer | null = null;
  private byTag: Map<string, Timer> | null = null;
  /** null before the first one with a key. */
  private keyed: Map<string, Map<number, Timer>> | null = null;

  constructor(table: TimerTable, host: number) {
    this.table = table;
    this.host = host;
  }

  /** The timer without key of a tag, made when it is first asked for. */
  tagged(tag: string): Timer {
    if (this.last !== null && this.last.tag === tag) return this.last;
    this.last = this.find(tag) ?? this.add(tag);
    return this.last;
  }

  private find(tag: string): Timer | undefined {
    if (this.first?.tag === tag) return this.first;
    return this.byTag?.get(tag);
  }

  private add(tag: string): Timer {
    const timer = this.table.make(this.host, tag, 0);
    if (this.first === null) this.first = timer;
    else {
      this.byTag ??= new Map();
      this.byTag.set(tag, timer);
    }
    return timer;
  }

  /** The timer of a tag and a key other than 0, made when it is first asked for. */
  keyedBy(tag: string, key: number): Timer {
    this.keyed ??= new Map();
    let byKey = this.keyed.get(tag);
    if (byKey === undefined) {
      byKey = new Map();
      this.keyed.set(tag, byKey);
    }
    let timer = byKey.get(key);
    if (timer === undefined) {
      timer = this.table.make(this.host, tag, key);
      byKey.set(key, timer);
    }
    return timer;
  }

  cancel(tag: string, key: number): void {
    if (key === 0) {
      const timer = this.find(tag);
      if (timer !== undefined) this.table.unset(timer);
      return;
    }
    const timer = this.keyed?.get(tag)?.get(key);
    if (timer !== undefined) this.forget(timer);
  }

  /**
   * A keyed timer is one of many with its tag: it leaves the tables when it fires or is cancelled.
   */
  forget(timer: Timer): void {
    if (timer.key === 0) return;
    this.keyed?.get(timer.tag)?.delete(timer.key);
    this.table.release(timer);
  }

  /** Those that are set, the next one due first. */
  set(): readonly Timer[] {
    const { table } = this;
    const set: Timer[] = [];
    for (const timer of this.all()) if (table.deadlineOf(timer) !== Infinity) set.push(timer);
    return set.sort((a, b) => table.deadlineOf(a) - table.deadlineOf(b) || a.slot - b.slot);
  }

  clear(): void {
    this.last = null;
    for (const timer of this.all()) this.table.release(timer);
    this.first = null;
    this.byTag = null;
    this.keyed = null;
  }

  /** What is left of each takes `factor` times as long. Returns how many were moved. */
  stretch(factor: number, nowUs: number): number {
    let moved = 0;
    for (const timer of this.all()) if (this.table.stretch(timer, factor, nowUs)) moved++;
    return moved;
  }

  /** In the order in which they were made, those without key first. */
  private all(): readonly Timer[] {
    const timers = this.first === null ? [] : [this.first];
    for (const timer of this.byTag?.values() ?? []) timers.push(timer);
    for (const byKey of this.keyed?.values() ?? []) {
      for (const timer of byKey.values()) timers.push(timer);
    }
    return timers;
  }
}

/** Whether timers and work can take this long. */
export function isSpan(ms: number): boolean {
  return ms >= 0 && ms < Infinity;
}

export function spanError(call: string, tag: string, ms: number, what: string): RangeError {
  return new RangeError(`${call}('${tag}', ${ms}): ${what} a finite time of 0 ms or more`);
}
