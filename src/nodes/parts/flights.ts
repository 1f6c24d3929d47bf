/**
 * Loads under way: who may join one (single-flight), and whether its result may be held.
 *
 * A read that has left for the store before a write may come back after it, with the old value. To
 * hold that value would make the cache wrong until the entry ends. The cure is a lease: each load
 * has one, a write voids it, and only a load with its lease may fill (Nishtala et al. 2013, Scaling
 * Memcache at Facebook).
 *
 * Two loads of one name at the same time may be answered in another order than they were read. When
 * they do not agree, nobody here knows which is newer, and neither is held.
 */
import { assert } from '../../sim/assert.ts';
import { type Outcome, Signal } from '../../sim/call.ts';

/** One load, from its beginning to its end. */
export interface Flight {
  readonly name: string;
  readonly object: string | null;
  readonly sinceMs: number;
  /** Wakes who has joined, once it has ended. */
  readonly landed: Signal;
  /** No write that ended since it began has voided its lease. */
  leased: boolean;
  /** Another load of the name ended meanwhile, and was answered otherwise. */
  disputed: boolean;
  /** What another load of the name that ended meanwhile was answered. */
  seen: Outcome | null;
  ended: boolean;
  /** What it was answered; null before, and if its leader gave up. */
  outcome: Outcome | null;
}

/** A write on its way through. */
export interface Write {
  readonly object: string | null;
  /**
   * No other write to what it is about was under way at the same time, and no load has ended:
   * nobody can know of another value than the one that it writes.
   */
  alone: boolean;
}

/** Whether two requests may be about the same. null is about everything. */
function concerns(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}

export class Flights {
  private readonly byName = new Map<string, Set<Flight>>();
  /** The flight that a read of this name may join. */
  private readonly open = new Map<string, Flight>();
  private readonly writing = new Set<Write>();
  private readonly same: (a: Outcome, b: Outcome) => boolean;
  private count = 0;

  constructor(same: (a: Outcome, b: Outcome) => boolean) {
    this.same = same;
  }

  /** How many loads are under way. */
  get size(): number {
    return this.count;
  }

  /** The load under way that answers a read which begins now; null if there is none. */
  joinable(name: string): Flight | null {
    return this.open.get(name) ?? null;
  }

  begin(name: string, object: string | null, nowMs: number): Flight {
    const others = this.byName.get(name);
    const flight: Flight = {
      name,
      object,
      sinceMs: nowMs,
      landed: new Signal(),
      leased: true,
      disputed: false,
      seen: null,
      ended: false,
      outcome: null,
    };
    if (others === undefined) this.byName.set(name, new Set([flight]));
    else others.add(flight);
    this.open.set(name, flight);
    this.count++;
    return flight;
  }

  /**
   * A load has ended: `outcome` for its leader and for who has joined, or null if the leader gave
   * up and they must go on by themselves. Says whether another load disputes it.
   */
  end(flight: Flight, outcome: Outcome | null): { readonly agreed: boolean } {
    assert(!flight.ended, 'a load ends once');
    flight.ended = true;
    flight.outcome = outcome;
    this.count--;
    if (this.open.get(flight.name) === flight) this.open.delete(flight.name);
    const others = this.byName.get(flight.name);
    others?.delete(flight);
    if (others?.size === 0) this.byName.delete(flight.name);
    let agreed = true;
    if (outcome !== null) {
      agreed = this.agrees(flight, outcome);
      for (const other of others ?? []) this.hear(other, outcome);
      for (const write of this.writing) {
        if (concerns(write.object, flight.object)) write.alone = false;
      }
    }
    flight.landed.wakeAll();
    return { agreed };
  }

  /** A write to this object begins; null: to everything. */
  writeBegins(object: string | null): Write {
    const write: Write = { object, alone: true };
    for (const other of this.writing) {
      if (!concerns(other.object, object)) continue;
      other.alone = false;
      write.alone = false;
    }
    this.writing.add(write);
    return write;
  }

  writeEnds(write: Write): void {
    assert(this.writing.delete(write), 'a write ends once');
  }

  /** Whether a write that concerns this object is under way. */
  isWritten(object: string | null): boolean {
    for (const write of this.writing) if (concerns(write.object, object)) return true;
    return false;
  }

  /**
   * What loads of this object bring is perhaps old: `voids` takes their lease, `closes` lets nobody
   * join any more.
   */
  outdate(object: string | null, { voids, closes }: { voids: boolean; closes: boolean }): void {
    for (const flights of this.byName.values()) {
      for (const flight of flights) {
        if (!concerns(object, flight.object)) continue;
        if (voids) flight.leased = false;
        if (closes && this.open.get(flight.name) === flight) this.open.delete(flight.name);
      }
    }
  }

  private agrees({ seen, disputed }: Flight, outcome: Outcome): boolean {
    return !disputed && (seen === null || this.same(seen, outcome));
  }

  private hear(other: Flight, outcome: Outcome): void {
    if (other.seen !== null && !this.same(other.seen, outcome)) other.disputed = true;
    other.seen = outcome;
    // Who comes now has perhaps heard of this outcome, which the other may not know yet.
    if (this.open.get(other.name) === other) this.open.delete(other.name);
  }
}
