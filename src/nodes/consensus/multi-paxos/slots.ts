/**
 * The memory of an acceptor: what it has accepted in which slot, and the snapshot that stands for
 * the slots before.
 *
 * On disk it is a log of records in the order in which they were accepted, so that one slot may
 * appear several times, in ever higher ballots; the last record of a slot holds. A snapshot is a
 * keyed record, written before the records that it makes superfluous are dropped.
 */
import type { Log, Plain, Storage } from '../../../sim/node.ts';
import type { Configuration } from './configurations.ts';
import type { Accepted, Ballot, Value } from './messages.ts';

export type Snapshot = {
  readonly slot: number;
  readonly state: Plain;
  readonly appliedHash: number;
  /** Who decides the slots after this one; absent as long as the voters are those of the start. */
  readonly configurations?: readonly Configuration[];
};

export class Slots {
  readonly #storage: Storage;
  readonly #disk: Log<Accepted>;
  readonly #bySlot = new Map<number, Accepted>();
  /** The number of the torn record that was dropped at boot; null if there was none. */
  readonly torn: number | null;
  snapshot: Snapshot | null;
  /** Slots up to here are gone, on disk and in memory. */
  #base: number;
  /** The highest slot in which anything was accepted. */
  #last: number;

  /**
   * Reads what is on disk. Throws StorageError if a record is damaged: such a member must not vote.
   */
  constructor(storage: Storage) {
    this.#storage = storage;
    this.#disk = storage.log<Accepted>('accepted');
    this.torn = this.#disk.dropTorn() > 0 ? this.#disk.end : null;
    this.snapshot = (storage.get('snapshot') as Snapshot | undefined) ?? null;
    this.#base = this.snapshot?.slot ?? 0;
    this.#last = this.#base;
    for (let i = this.#disk.start; i < this.#disk.end; i++) this.#keep(this.#disk.at(i));
  }

  get base(): number {
    return this.#base;
  }

  get last(): number {
    return this.#last;
  }

  at(slot: number): Accepted | undefined {
    return this.#bySlot.get(slot);
  }

  /** Which of the last `count` slots it has something in. */
  held(count: number): number[] {
    const held: number[] = [];
    for (let slot = Math.max(this.#base, this.#last - count) + 1; slot <= this.#last; slot++) {
      if (this.#bySlot.has(slot)) held.push(slot);
    }
    return held;
  }

  /** In the order of slots. */
  from(slot: number): Accepted[] {
    const found: Accepted[] = [];
    for (let at = slot > this.#base ? slot : this.#base + 1; at <= this.#last; at++) {
      const accepted = this.#bySlot.get(at);
      if (accepted !== undefined) found.push(accepted);
    }
    return found;
  }

  /** To the disk, unless this is what it has. */
  accept(slot: number, ballot: Ballot, value: Value): void {
    if (slot <= this.#base) return;
    const before = this.#bySlot.get(slot);
    if (before !== undefined && before.ballot === ballot) return;
    const accepted: Accepted = { slot, ballot, value };
    this.#disk.append(accepted);
    this.#keep(accepted);
  }

  /**
   * What is chosen for a slot, from a member that knows it: it takes the place of whatever was
   * accepted. The ballot is the higher of the two, for this member may belong to the quorum that
   * has chosen the value, and must not forget in which ballot that was: 1. A has accepted v in
   * ballot 5, which chose it; B has accepted w in ballot 4. 2. A learns v from a member that had it
   * from ballot 3, and says so in its next promise. 3. The next leader hears of v in 3 and of w in
   * 4, and proposes w.
   */
  learn(slot: number, ballot: Ballot, value: Value): void {
    const before = this.#bySlot.get(slot);
    const highest = before !== undefined && before.ballot > ballot ? before.ballot : ballot;
    if (before?.ballot === highest && before.value.made === value.made) return;
    const accepted: Accepted = { slot, ballot: highest, value };
    this.#disk.append(accepted);
    this.#keep(accepted);
  }

  /** Stands for the slots up to that of the snapshot; the last `keep` of them stay in memory. */
  compact(snapshot: Snapshot, keep: number): void {
    this.snapshot = snapshot;
    this.#storage.set('snapshot', snapshot);
    let start = this.#disk.start;
    while (start < this.#disk.end && this.#disk.at(start).slot <= snapshot.slot) start++;
    this.#disk.dropBefore(start);
    const base = snapshot.slot - keep;
    for (let slot = this.#base + 1; slot <= base; slot++) this.#bySlot.delete(slot);
    if (base > this.#base) this.#base = base;
    if (snapshot.slot > this.#last) this.#last = snapshot.slot;
  }

  #keep(accepted: Accepted): void {
    const { slot } = accepted;
    if (slot <= this.#base) return;
    this.#bySlot.set(slot, accepted);
    if (slot > this.#last) this.#last = slot;
  }
}
