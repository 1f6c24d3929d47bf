/**
 * What a cache holds: outcomes of reads by name, each for a time, at most this many. A pure state
 * machine: time and chance come from its caller.
 *
 * An entry that is too old stays until it is looked up or gives way to another: a cache of real
 * machines sweeps as little. What is `kept` beyond its time serves those that prefer an old answer
 * to none.
 */
import { assert } from '../../sim/assert.ts';
import type { Outcome } from '../../sim/call.ts';
import type { Random } from '../../sim/node.ts';
import { type Eviction, type Evictions, evictions } from './evictions.ts';

export interface StoreSpec {
  /** Entries at most. */
  readonly capacity: number;
  readonly evict: Eviction;
  /** How long an entry is fresh, in ms; Infinity without a limit. */
  readonly ttlMs: number;
  /** The share of its time by which an entry may end early, 0..1: entries made together part. */
  readonly jitter: number;
  /** Each hit begins the time again. */
  readonly sliding: boolean;
  /** How long an entry that says that there is nothing is fresh, in ms; 0: it is not held. */
  readonly negativeTtlMs: number;
  /** How long an entry is kept after its time, in ms. */
  readonly keptMs: number;
}

/** One outcome that is held. */
export interface Entry {
  readonly outcome: Outcome;
  /** The key of what it is about; null: it is about everything. */
  readonly object: string | null;
  /** It says that there is nothing. */
  readonly negative: boolean;
  /** How long it took to load, in ms. */
  readonly loadMs: number;
  /** For how long it was fresh when it came. */
  readonly ttlMs: number;
  /** Until when it is fresh, on its caller's clock. */
  freshUntilMs: number;
}

export class CacheStore {
  /** How many entries were given up for lack of room. */
  evicted = 0;
  private readonly spec: StoreSpec;
  private readonly order: Evictions;
  private readonly entries = new Map<string, Entry>();
  /** By object, the names of its entries: what a write makes old. */
  private readonly names = new Map<string | null, Set<string>>();

  constructor(spec: StoreSpec) {
    this.spec = spec;
    this.order = evictions(spec.evict);
  }

  get size(): number {
    return this.entries.size;
  }

  /** The entry of a name, fresh or not, as one more use of it; null if there is none. */
  look(name: string, nowMs: number): Entry | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    if (nowMs >= entry.freshUntilMs + this.spec.keptMs) {
      this.remove(name);
      return null;
    }
    this.order.hit(name);
    if (this.spec.sliding && nowMs < entry.freshUntilMs) entry.freshUntilMs = nowMs + entry.ttlMs;
    return entry;
  }

  /** Holds an outcome, in place of what it held by this name. */
  put(
    name: string,
    { outcome, object, negative, loadMs }: Omit<Entry, 'ttlMs' | 'freshUntilMs'>,
    nowMs: number,
    random: Random,
  ): void {
    const ttlMs = this.ttlOf(negative, random);
    if (ttlMs === 0) return this.remove(name);
    const isNew = !this.entries.has(name);
    if (isNew && this.size >= this.spec.capacity) {
      this.remove(this.order.victim(random));
      this.evicted++;
    }
    this.entries.set(name, {
      outcome,
      object,
      negative,
      loadMs,
      ttlMs,
      freshUntilMs: nowMs + ttlMs,
    });
    if (isNew) this.order.add(name);
    else this.order.hit(name);
    this.namesOf(object).add(name);
    assert(this.size <= this.spec.capacity, 'a cache holds no more than its capacity');
  }

  remove(name: string): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    this.entries.delete(name);
    this.order.remove(name);
    const names = this.namesOf(entry.object);
    names.delete(name);
    if (names.size === 0) this.names.delete(entry.object);
  }

  /**
   * Drops what a write to this object made old: entries about it, and those about everything. A
   * write to everything (null) drops all. `negatives` false leaves those that say that there is
   * nothing.
   */
  invalidate(object: string | null, negatives: boolean): void {
    const objects = object === null ? [...this.names.keys()] : [object, null];
    for (const of of objects) {
      for (const name of this.names.get(of) ?? []) {
        if (negatives || this.entries.get(name)?.negative !== true) this.remove(name);
      }
    }
  }

  private ttlOf(negative: boolean, random: Random): number {
    const { ttlMs, negativeTtlMs, jitter } = this.spec;
    const whole = negative ? Math.min(negativeTtlMs, ttlMs) : ttlMs;
    if (jitter === 0 || whole === Infinity) return whole;
    return whole * (1 - random.between(0, jitter));
  }

  private namesOf(object: string | null): Set<string> {
    let names = this.names.get(object);
    if (names === undefined) {
      names = new Set();
      this.names.set(object, names);
    }
    return names;
  }
}
