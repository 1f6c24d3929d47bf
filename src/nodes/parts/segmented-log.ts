/**
 * A write-ahead log in segments, as etcd, Kafka and PostgreSQL keep it: records are appended to the
 * newest segment, and what a snapshot has made superfluous goes away by whole segments.
 *
 * A record has its number, its length, and a checksum over itself and the checksum of the record
 * before. So a record that is whole but in the wrong place, or after one that is missing, is found
 * as well as one that has rotted.
 *
 * Recovery distinguishes what a crash leaves from what must not be. The last record may be torn: it
 * was not durable, nobody was promised anything, and it is cut off. Anything else that is damaged
 * may have been acknowledged. After a damaged record nothing may be replayed, since the records
 * after it were made on a state that is not there any more.
 */
import { assert } from '../../sim/assert.ts';
import { type Log, type Plain, type Storage, StorageError } from '../../sim/node.ts';
import { textHash } from './text-hash.ts';

export type WalRecord = {
  /** From 1, without gaps. */
  readonly number: number;
  /** Of the payload as text. */
  readonly length: number;
  /** The checksum of the record before; 0 for the first. */
  readonly previous: number;
  readonly checksum: number;
  readonly payload: Plain;
};

/**
 * What recovery does about a record that is damaged, and not torn:
 * - `cut-tail`: cut off if nothing follows it, else stop.
 * - `point-in-time`: cut off with all that follows.
 * - `stop`: stop.
 * - `skip`: leave it out and go on, whatever that makes of the rest.
 */
export type RecoveryPolicy = 'cut-tail' | 'point-in-time' | 'stop' | 'skip';

export interface Recovered {
  /** Records that a crash had torn. */
  readonly torn: number;
  /** Numbers of damaged records that were left out. */
  readonly damaged: readonly number[];
  /** The log must not be used: the number of the damaged record; null when it may. */
  readonly stoppedAt: number | null;
}

/** What a record must follow: the snapshot, the record before, or nothing that is known. */
type Place = 'first' | 'chained' | 'after a hole';

type Bounds = { readonly oldest: number; readonly newest: number };

export class SegmentedLog {
  readonly #storage: Storage;
  readonly #segmentBytes: number;
  readonly #checks: boolean;
  #bounds: Bounds;
  /** The number and the checksum of the last record. */
  #last = 0;
  #first = 1;
  #checksum = 0;
  /** Bytes in the newest segment. */
  #bytes = 0;
  /** By segment: the number of its last record. */
  readonly #lastOf = new Map<number, number>();

  /** @param checks whether recovery looks at checksums, and not only at what the disk says */
  constructor(storage: Storage, segmentBytes: number, checks = true) {
    this.#storage = storage;
    this.#segmentBytes = segmentBytes;
    this.#checks = checks;
    this.#bounds = (storage.get('segments') as Bounds | undefined) ?? { oldest: 1, newest: 1 };
  }

  /** The number of the last record. */
  get last(): number {
    return this.#last;
  }

  /** The number of the first record that is kept, as far as it is known. */
  get first(): number {
    return this.#first;
  }

  get segments(): number {
    return this.#bounds.newest - this.#bounds.oldest + 1;
  }

  /**
   * Appends, and gives the number of the record. Throws StorageError if the disk is full: then
   * nothing has changed.
   */
  append(payload: Plain): number {
    const length = JSON.stringify(payload).length;
    if (this.#bytes > 0 && this.#bytes + length > this.#segmentBytes) this.#roll();
    const number = this.#last + 1;
    const previous = this.#checksum;
    const checksum = checksumOf(number, previous, payload);
    this.#segment(this.#bounds.newest).append({ number, length, previous, checksum, payload });
    this.#took(this.#bounds.newest, number, length, checksum);
    return number;
  }

  /**
   * To be called once, before anything is appended: hands over the payloads of all good records in
   * their order, also of those up to `after` that are still here though a snapshot stands for them.
   */
  recover(
    after: number,
    policy: RecoveryPolicy,
    visit: (payload: Plain, number: number) => void,
  ): Recovered {
    let torn = 0;
    const damaged: number[] = [];
    this.#last = after;
    let place: Place = 'first';
    for (let id = this.#bounds.oldest; id <= this.#bounds.newest; id++) {
      const log = this.#segment(id);
      torn += log.dropTorn();
      this.#bytes = 0;
      for (let i = log.start; i < log.end; i++) {
        const record = this.#read(log, i, place, after);
        if (record !== null) {
          if (place === 'first') this.#first = record.number;
          place = 'chained';
          visit(record.payload, record.number);
          this.#took(id, record.number, record.length, record.checksum);
          continue;
        }
        const number = this.#last + 1;
        damaged.push(number);
        const isTail = i === log.end - 1 && id === this.#bounds.newest;
        if (policy === 'stop' || (policy === 'cut-tail' && !isTail)) {
          return { torn, damaged, stoppedAt: number };
        }
        if (policy !== 'skip') {
          this.#cut(id, i);
          return { torn, damaged, stoppedAt: null };
        }
        place = 'after a hole';
      }
    }
    return { torn, damaged, stoppedAt: null };
  }

  /** Drops the segments that hold nothing after this number, never the newest. Returns how many. */
  dropThrough(number: number): number {
    const { oldest, newest } = this.#bounds;
    let keep = oldest;
    while (keep < newest && (this.#lastOf.get(keep) ?? 0) <= number) keep++;
    if (keep === oldest) return 0;
    this.#storage.set('segments', { oldest: keep, newest });
    this.#bounds = { oldest: keep, newest };
    this.#first = (this.#lastOf.get(keep - 1) ?? 0) + 1;
    for (let id = oldest; id < keep; id++) {
      const log = this.#segment(id);
      log.dropBefore(log.end);
      this.#lastOf.delete(id);
    }
    return keep - oldest;
  }

  #roll(): void {
    const { oldest, newest } = this.#bounds;
    const bounds = { oldest, newest: newest + 1 };
    this.#storage.set('segments', bounds);
    this.#bounds = bounds;
    this.#bytes = 0;
  }

  #took(segment: number, number: number, length: number, checksum: number): void {
    if (number > this.#last) this.#last = number;
    this.#checksum = checksum;
    this.#bytes += length;
    this.#lastOf.set(segment, number);
  }

  /** The record, or null if it is damaged. The first one may follow records that are gone. */
  #read(log: Log<WalRecord>, index: number, place: Place, after: number): WalRecord | null {
    let record: WalRecord;
    try {
      record = log.at(index);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'checksum') return null;
      throw error;
    }
    if (!this.#checks) return record;
    const { number, length, previous, payload } = record;
    if (length !== JSON.stringify(payload).length) return null;
    if (record.checksum !== checksumOf(number, previous, payload)) return null;
    if (place === 'first') return number <= after + 1 ? record : null;
    return place === 'after a hole' || previous === this.#checksum ? record : null;
  }

  /** Cuts off a record and all that follows. */
  #cut(segment: number, index: number): void {
    const { oldest, newest } = this.#bounds;
    assert(segment <= newest, 'what is cut is there');
    this.#segment(segment).truncate(index);
    for (let id = segment + 1; id <= newest; id++) {
      const log = this.#segment(id);
      log.truncate(log.start);
    }
    this.#bounds = { oldest, newest: segment };
    this.#storage.set('segments', this.#bounds);
  }

  #segment(id: number): Log<WalRecord> {
    return this.#storage.log<WalRecord>(`segment ${id}`);
  }
}

function checksumOf(number: number, previous: number, payload: Plain): number {
  return textHash(`${previous} ${number} ${JSON.stringify(payload)}`);
}
