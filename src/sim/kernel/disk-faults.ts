/**
 * What faults do to one disk: its flushes are slow or lie, it is full, a crash tears what it was
 * writing, records rot. A disk without faults has none of this.
 */
import { assert } from '../assert.ts';
import type { DiskChange } from '../fault.ts';
import { type Plain, StorageError } from '../node.ts';
import { compile, type Distribution } from './distribution.ts';
import type { Tally } from './network.ts';
import type { Stream } from './random.ts';

/** Why a record cannot be read as it was written. */
export interface Damage {
  /** What is to be released for the record to be whole again. */
  readonly strike: object;
  readonly tally: Tally;
  /** A crash cut it: it was never reported durable, so recovery may drop it. */
  readonly torn: boolean;
  /** What a read gives; undefined: the checksum tells, and the read throws. */
  readonly altered: Plain | undefined;
}

/** A storage error that a fault has caused. */
export class DiskError extends StorageError {
  readonly tally: Tally;

  constructor(code: StorageError['code'], message: string, tally: Tally) {
    super(code, message);
    this.tally = tally;
  }
}

/**
 * What reading a damaged record gives: altered data where no checksum tells, else it throws a
 * DiskError. A read of somebody who only looks on is not counted.
 */
export function readDamaged(
  record: Plain,
  damage: readonly Damage[],
  what: string,
  counted: boolean,
): Plain {
  let read = record;
  let told: Damage | null = null;
  for (const one of damage) {
    if (counted) one.tally.readsDamaged++;
    if (one.altered === undefined) told = one;
    else read = one.altered;
  }
  if (told === null) return read;
  const how = told.torn ? 'was torn by a crash' : 'is damaged';
  throw new DiskError('checksum', `${what} ${how}: its checksum is wrong`, told.tally);
}

/** A change that one strike made. */
interface Held {
  readonly tally: Tally;
  readonly stream: Stream;
  readonly change: DiskChange;
  readonly extraFlush: Distribution | null;
}

export class DiskFaults {
  private readonly held: Held[] = [];
  // What follows is read at every flush or write, and changes only with what is held.
  /** Flushes take time though the disk's own take none. */
  addsTime = false;
  /** Those who lie. */
  liars: readonly Tally[] = [];
  /** For how long a write that was reported durable is lost in a crash; the longest of all lies. */
  cacheUs = 0;
  private slow: readonly Held[] = [];
  private failing: readonly Held[] = [];
  private full: readonly Tally[] = [];

  /** Returns how to undo it. */
  add(change: DiskChange, tally: Tally, stream: Stream): () => void {
    const extraFlush = change.extraFlush === undefined ? null : compile(change.extraFlush);
    const held: Held = { tally, stream, change, extraFlush };
    this.held.push(held);
    this.tune();
    return () => {
      const at = this.held.indexOf(held);
      assert(at >= 0, 'a disk is let go of once');
      this.held.splice(at, 1);
      this.tune();
    };
  }

  private tune(): void {
    const tallies = (is: (change: DiskChange) => boolean): readonly Tally[] =>
      this.held.filter(({ change }) => is(change)).map(({ tally }) => tally);
    this.liars = tallies(({ lies }) => lies !== undefined);
    this.full = tallies(({ full }) => full === true);
    this.slow = this.held.filter(
      ({ change, extraFlush }) => change.flushFactor !== undefined || extraFlush !== null,
    );
    this.failing = this.held.filter(({ change }) => change.failsFlush !== undefined);
    this.addsTime = this.held.some(({ extraFlush }) => extraFlush !== null);
    this.cacheUs = 0;
    for (const { change } of this.held) {
      this.cacheUs = Math.max(this.cacheUs, (change.lies?.cacheMs ?? 0) * 1000);
    }
  }

  get isEmpty(): boolean {
    return this.held.length === 0;
  }

  get lies(): boolean {
    return this.liars.length > 0;
  }

  /** The time of a flush that would have taken so long. */
  flushUs(ownUs: number): number {
    let factor = 1;
    let extraUs = 0;
    for (const { change, extraFlush, stream, tally } of this.slow) {
      const extra = extraFlush === null ? 0 : extraFlush.sampleUs(stream);
      const own = change.flushFactor ?? 1;
      if (extra > 0 || (own !== 1 && ownUs > 0)) tally.flushesDelayed++;
      factor *= own;
      extraUs += extra;
    }
    return Math.round(ownUs * factor) + extraUs;
  }

  get failsFlushes(): boolean {
    return this.failing.length > 0;
  }

  /**
   * The tally of the strike by which the flush that ends now fails without an error; null if the
   * flush is done. Throws if the node dies of it, and never if it `retries`. Each strike draws,
   * whatever the others drew.
   */
  failedFlush(retries: boolean): Tally | null {
    let silent: Tally | null = null;
    let deadly: Tally | null = null;
    for (const { change, stream, tally } of this.failing) {
      if (!stream.chance(change.failsFlush!.ratio)) continue;
      tally.flushesFailed++;
      if (change.failsFlush!.outcome === 'die' && !retries) deadly = tally;
      else silent = tally;
    }
    if (deadly === null) return silent;
    throw new DiskError('fsync-failed', 'a flush failed: what it covered is not durable', deadly);
  }

  /** Throws if the disk is full. */
  refuseIfFull(what: string, name: string): void {
    if (this.full.length === 0) return;
    for (const tally of this.full) tally.writesRefused++;
    const last = this.full[this.full.length - 1]!;
    throw new DiskError('disk-full', `no room on the disk: ${what} ${name}`, last);
  }

  /** What tears writes in a crash, and whether it tears keyed records too; null if nothing does. */
  get tear(): { readonly tally: Tally; readonly stream: Stream; readonly all: boolean } | null {
    const torn = this.held.find(({ change }) => change.tears !== undefined);
    return torn === undefined ? null : { ...torn, all: torn.change.tears === 'all' };
  }
}
