/**
 * The log of a member: its records on disk, the values that they leave, and up to where they can be
 * read. Old records go when the log is too long; the values up to there stay, as one record.
 */
import { assert } from '../../../sim/assert.ts';
import type { Log, Plain, Storage } from '../../../sim/node.ts';
import type { LogRecord, Snapshot } from './messages.ts';

type Base = {
  /** The index in the log of the record after `lsn`, less `lsn`. */
  readonly offset: number;
  readonly lsn: number;
  readonly epoch: number;
  readonly entries: readonly (readonly [key: string, value: Plain])[];
};

const NOTHING: Base = { offset: 0, lsn: 0, epoch: 0, entries: [] };

export class RecordLog {
  readonly #storage: Storage;
  readonly #log: Log<LogRecord>;
  /** The values up to `base.lsn`, and the records after it are in the log. */
  #base: Base;
  /** What can be read: the values up to `applied`. */
  readonly #values = new Map<string, Plain>();
  #applied: number;

  /** As found on the disk: all that is there is applied. */
  constructor(storage: Storage) {
    this.#storage = storage;
    this.#log = storage.log<LogRecord>('records');
    this.#log.dropTorn();
    this.#base = (storage.get('base') as Base | undefined) ?? NOTHING;
    this.#applied = this.#base.lsn;
    for (const [key, value] of this.#base.entries) this.#values.set(key, value);
    this.applyTo(this.end);
  }

  /** The LSN of the last record; 0 without any. */
  get end(): number {
    return this.#log.end - this.#base.offset;
  }

  get applied(): number {
    return this.#applied;
  }

  /** The LSN before the first record that is still there. */
  get start(): number {
    return this.#base.lsn;
  }

  get lastEpoch(): number {
    return this.epochAt(this.end);
  }

  /**
   * The epoch of a record; 0 before the first, and -1 where there is none any more, or none yet.
   */
  epochAt(lsn: number): number {
    if (lsn === 0) return 0;
    if (lsn === this.#base.lsn) return this.#base.epoch;
    return lsn < this.#base.lsn || lsn > this.end ? -1 : this.at(lsn).epoch;
  }

  at(lsn: number): LogRecord {
    return this.#log.at(lsn - 1 + this.#base.offset);
  }

  /** The records from this LSN on, at most `most`. */
  from(lsn: number, most: number): readonly LogRecord[] {
    const count = Math.max(0, Math.min(most, this.end - lsn + 1));
    return Array.from({ length: count }, (_, i) => this.at(lsn + i));
  }

  append(record: LogRecord): void {
    this.#log.append(record);
  }

  /** What can be read; null if it was never written. */
  read(key: string): Plain {
    return this.#values.get(key) ?? null;
  }

  /** What the key has after the last record, whether it can be read or not. */
  latest(key: string): Plain {
    for (let lsn = this.end; lsn > this.#applied; lsn--) {
      const record = this.at(lsn);
      if (record.key === key) return record.value;
    }
    return this.read(key);
  }

  /** Makes all up to this record readable. */
  applyTo(lsn: number): void {
    assert(lsn <= this.end, 'only what is in the log is applied');
    for (let next = this.#applied + 1; next <= lsn; next++) {
      const { key, value } = this.at(next);
      this.#values.set(key, value);
    }
    this.#applied = Math.max(this.#applied, lsn);
  }

  /** The mistake: makes one record readable before its time. */
  applyEarly(lsn: number): void {
    const { key, value } = this.at(lsn);
    this.#values.set(key, value);
  }

  /** Undoes the records after this one; values are made again from the base. */
  truncate(lsn: number): void {
    assert(lsn >= this.#base.lsn, 'what the base holds cannot be undone');
    this.#log.truncate(lsn + this.#base.offset);
    if (this.#applied <= lsn) return;
    this.#values.clear();
    for (const [key, value] of this.#base.entries) this.#values.set(key, value);
    this.#applied = this.#base.lsn;
    this.applyTo(lsn);
  }

  /** Forgets old records, so that at most `most` are left of those that are applied. */
  trim(most: number): void {
    // Rarely, and then many: the base is written as one record.
    if (this.end - this.#base.lsn < 2 * most) return;
    const lsn = Math.min(this.#applied, this.end - most);
    if (lsn <= this.#base.lsn) return;
    const values = new Map<string, Plain>(this.#base.entries);
    for (let next = this.#base.lsn + 1; next <= lsn; next++) {
      const { key, value } = this.at(next);
      values.set(key, value);
    }
    const epoch = this.epochAt(lsn);
    const { offset } = this.#base;
    this.#base = { offset, lsn, epoch, entries: [...values] };
    this.#storage.set('base', this.#base);
    this.#log.dropBefore(lsn + this.#base.offset);
  }

  /** The values up to the last record that is applied, as a full copy. */
  snapshot(epoch: number): Snapshot {
    const lsn = this.#applied;
    const entries = [...this.#values];
    return { type: 'snapshot', epoch, lsn, lastEpoch: this.epochAt(lsn), entries };
  }

  /** Takes a full copy in place of all that it has. */
  restore({ lsn, lastEpoch, entries }: Snapshot): void {
    this.#log.truncate(this.#log.start);
    this.#base = { offset: this.#log.end - lsn, lsn, epoch: lastEpoch, entries };
    this.#storage.set('base', this.#base);
    this.#values.clear();
    for (const [key, value] of entries) this.#values.set(key, value);
    this.#applied = lsn;
  }
}
