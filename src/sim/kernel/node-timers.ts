/** The timers of one node, by tag and key; a crash clears them. The world has one table of all. */
import { NumberMap } from '../number-map.ts';
import type { Timer, TimerTable } from './timers.ts';

/** The timers of one tag that have a key. */
interface Keyed {
  readonly tag: string;
  readonly timers: NumberMap<Timer>;
  readonly next: Keyed | null;
}

export class NodeTimers {
  /** The timer without key that was set last. */
  private last: Timer | null = null;
  private readonly table: TimerTable;
  private readonly host: number;
  /** The first without key; most nodes have no other. */
  private first: Timer | null = null;
  private byTag: Map<string, Timer> | null = null;
  /** A node has few tags, and their names are constants: a chain is quicker than a map. */
  private keyed: Keyed | null = null;

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
    const { timers } = this.withTag(tag) ?? this.open(tag);
    let timer = timers.get(key);
    if (timer === undefined) {
      timer = this.table.make(this.host, tag, key);
      timers.set(key, timer);
    }
    return timer;
  }

  private withTag(tag: string): Keyed | null {
    let keyed = this.keyed;
    while (keyed !== null && keyed.tag !== tag) keyed = keyed.next;
    return keyed;
  }

  private open(tag: string): Keyed {
    this.keyed = { tag, timers: new NumberMap(), next: this.keyed };
    return this.keyed;
  }

  /** A keyed timer is one of many with its tag: it leaves the tables when it is cancelled. */
  cancel(tag: string, key: number): void {
    if (key === 0) {
      const timer = this.find(tag);
      if (timer !== undefined) this.table.unset(timer);
      return;
    }
    const timer = this.withTag(tag)?.timers.take(key);
    if (timer !== undefined) this.table.release(timer);
  }

  /** It has fired, and leaves the tables if it has a key. */
  forget(timer: Timer): void {
    if (timer.key !== 0) this.cancel(timer.tag, timer.key);
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

  /** In the order in which they were made, those without key first, the others tag by tag. */
  private all(): readonly Timer[] {
    const timers = this.first === null ? [] : [this.first];
    for (const timer of this.byTag?.values() ?? []) timers.push(timer);
    const tags: Keyed[] = [];
    for (let keyed = this.keyed; keyed !== null; keyed = keyed.next) tags.push(keyed);
    for (const { timers: keyed } of tags.reverse()) {
      for (const timer of keyed.values().sort((a, b) => a.made - b.made)) timers.push(timer);
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
