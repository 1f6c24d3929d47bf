/**
 * Which entry a full cache gives up: the orders of eviction, without the entries.
 *
 * `hit` and `add` say what happens to the names that are held, `victim` names the one to go. All
 * but `lfu` with very many counts take constant time.
 */
import { assert } from '../../sim/assert.ts';
import type { Random } from '../../sim/node.ts';

/** The orders, as scenarios name them. */
export const EVICTIONS = ['lru', 'fifo', 'lfu', 'mru', 'lifo', 'clock', 'random'] as const;
export type Eviction = (typeof EVICTIONS)[number];

/** The names that a cache holds, in the order in which it gives them up. */
export interface Evictions {
  /** A name that is not held yet. */
  add(name: string): void;
  /** A name that is held was asked for. */
  hit(name: string): void;
  /** A name is held no longer, for whatever reason. */
  remove(name: string): void;
  /** The name to give up next; it stays until it is removed. Of at least one name. */
  victim(random: Random): string;
}

export function evictions(order: Eviction): Evictions {
  switch (order) {
    case 'lru':
      return new Recency('first', true);
    case 'fifo':
      return new Recency('first', false);
    case 'mru':
      return new Recency('last', true);
    case 'lifo':
      return new Recency('last', false);
    case 'lfu':
      return new LeastFrequent();
    case 'clock':
      return new SecondChance();
    case 'random':
      return new AnyOfThem();
  }
}

interface Link {
  readonly name: string;
  before: Link;
  after: Link;
}

/** Names in a row: a ring of links around one that has no name. */
class Row {
  private readonly end: Link;
  private readonly links = new Map<string, Link>();

  constructor() {
    const end = { name: '' } as Link;
    end.before = end;
    end.after = end;
    this.end = end;
  }

  get size(): number {
    return this.links.size;
  }

  get first(): string {
    assert(this.size > 0, 'a victim is chosen among names that are held');
    return this.end.after.name;
  }

  get last(): string {
    assert(this.size > 0, 'a victim is chosen among names that are held');
    return this.end.before.name;
  }

  append(name: string): void {
    assert(!this.links.has(name), 'a name is held once');
    const link = { name, before: this.end.before, after: this.end };
    this.links.set(name, link);
    link.before.after = link;
    link.after.before = link;
  }

  remove(name: string): void {
    const link = this.links.get(name);
    if (link === undefined) return;
    this.links.delete(name);
    link.before.after = link.after;
    link.after.before = link.before;
  }

  moveToEnd(name: string): void {
    if (!this.links.has(name)) return;
    this.remove(name);
    this.append(name);
  }
}

/** By the time of the last use (lru, mru), or of the first (fifo, lifo). */
class Recency implements Evictions {
  private readonly row = new Row();
  private readonly goes: 'first' | 'last';
  private readonly counts: boolean;

  /** `counts`: a hit counts as a use. */
  constructor(goes: 'first' | 'last', counts: boolean) {
    this.goes = goes;
    this.counts = counts;
  }

  add(name: string): void {
    this.row.append(name);
  }

  hit(name: string): void {
    if (this.counts) this.row.moveToEnd(name);
  }

  remove(name: string): void {
    this.row.remove(name);
  }

  victim(): string {
    return this.goes === 'first' ? this.row.first : this.row.last;
  }
}

/**
 * The name asked for least often since it came into the cache; of several, the one that has not
 * been asked for longest. What was given up is forgotten, its count too.
 */
class LeastFrequent implements Evictions {
  private readonly counts = new Map<string, number>();
  /** By count, the names with that count, those not used longest first. */
  private readonly rows = new Map<number, Row>();
  private least = 1;

  add(name: string): void {
    this.counts.set(name, 1);
    this.rowOf(1).append(name);
    this.least = 1;
  }

  hit(name: string): void {
    const count = this.counts.get(name);
    if (count === undefined) return;
    this.take(name, count);
    this.counts.set(name, count + 1);
    this.rowOf(count + 1).append(name);
  }

  remove(name: string): void {
    const count = this.counts.get(name);
    if (count === undefined) return;
    this.counts.delete(name);
    this.take(name, count);
  }

  victim(): string {
    assert(this.counts.size > 0, 'a victim is chosen among names that are held');
    while (!this.rows.has(this.least)) this.least++;
    return this.rowOf(this.least).first;
  }

  private rowOf(count: number): Row {
    let row = this.rows.get(count);
    if (row === undefined) {
      row = new Row();
      this.rows.set(count, row);
    }
    return row;
  }

  private take(name: string, count: number): void {
    const row = this.rowOf(count);
    row.remove(name);
    if (row.size === 0) this.rows.delete(count);
  }
}

/** First in, first out, but a name that was asked for since its last turn gets another one. */
class SecondChance implements Evictions {
  private readonly row = new Row();
  private readonly used = new Set<string>();

  add(name: string): void {
    this.row.append(name);
  }

  hit(name: string): void {
    this.used.add(name);
  }

  remove(name: string): void {
    this.row.remove(name);
    this.used.delete(name);
  }

  victim(): string {
    for (let name = this.row.first; this.used.delete(name); name = this.row.first) {
      this.row.moveToEnd(name);
    }
    return this.row.first;
  }
}

class AnyOfThem implements Evictions {
  private readonly names: string[] = [];
  private readonly places = new Map<string, number>();

  add(name: string): void {
    this.places.set(name, this.names.push(name) - 1);
  }

  hit(): void {}

  remove(name: string): void {
    const place = this.places.get(name);
    if (place === undefined) return;
    this.places.delete(name);
    const last = this.names.pop();
    if (last === undefined || last === name) return;
    this.names[place] = last;
    this.places.set(last, place);
  }

  victim(random: Random): string {
    return random.pick(this.names);
  }
}
