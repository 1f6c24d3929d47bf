/**
 * A log with forced and unforced records (Mohan, Lindsay & Obermarck 1986: a record that is
 * forced is on disk before the protocol goes on; others go along with the next forced one).
 *
 * Unforced records wait in memory, as in the log buffer of a real store, and a crash loses them.
 * What follows a forced record is done when the disk has confirmed it, so the log is right on a
 * disk with a page cache too. Now and then a checkpoint replaces the records.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, Log, Plain, Storage } from '../../../sim/node.ts';

type LogContext = Pick<Context, 'storage' | 'measure'>;

/** The tag of the timer by which the disk confirms; its key goes to `confirmed`. */
export const FORCED = 'forced';

/** Records after which a checkpoint is due. */
const CHECKPOINT_RECORDS = 256;

export class TransactionLog<R, State> {
  readonly #log: Log;
  readonly #storage: Storage;
  /** `bug: ack-before-log`. */
  readonly #waits: boolean;
  readonly #buffer: R[] = [];
  /** What waits for the disk, by the key of its sync. */
  readonly #waiting = new Map<number, () => void>();
  #syncs = 0;

  constructor(storage: Storage, waits: boolean) {
    this.#storage = storage;
    this.#log = storage.log('transactions');
    this.#waits = waits;
  }

  /** At boot: the state of the last checkpoint, and the records since, oldest first. */
  recover(): { readonly state: State | null; readonly records: readonly R[] } {
    this.#log.dropTorn();
    const checkpoint = this.#storage.get('checkpoint') as Checkpoint<State> | undefined;
    const records: R[] = [];
    const first = Math.max(this.#log.start, checkpoint?.end ?? 0);
    for (let i = first; i < this.#log.end; i++) records.push(this.#log.at(i) as R);
    return { state: checkpoint?.state ?? null, records };
  }

  /** An unforced record. */
  add(record: R): void {
    this.#buffer.push(record);
  }

  /** A forced record: `then` runs once it, and all before it, is durable. */
  force(ctx: LogContext, record: R, then: () => void): void {
    for (const earlier of this.#buffer.splice(0)) this.#log.append(earlier as Plain);
    this.#log.append(record as Plain);
    ctx.measure('forced-writes');
    const key = ++this.#syncs;
    this.#waiting.set(key, then);
    this.#storage.sync(FORCED, key);
    // The bug: what the record promises is said before it is on disk.
    if (!this.#waits) this.confirmed(key);
  }

  /** The disk has confirmed. */
  confirmed(key: number): void {
    const then = this.#waiting.get(key);
    this.#waiting.delete(key);
    then?.();
  }

  /** Whether a checkpoint is due, and nothing stands in the log that is not in the state yet. */
  get isLong(): boolean {
    return this.#waiting.size === 0 && this.#log.end - this.#log.start >= CHECKPOINT_RECORDS;
  }

  /** Replaces all records by a state that has their effects. */
  checkpoint(state: State): void {
    assert(this.#waiting.size === 0, 'a checkpoint has the effects of all records');
    // Writes become durable in the order issued, so the records go after the state has come.
    this.#buffer.length = 0;
    this.#storage.set('checkpoint', { end: this.#log.end, state } as Plain);
    this.#log.dropBefore(this.#log.end);
  }
}

interface Checkpoint<State> {
  readonly end: number;
  readonly state: State;
}
