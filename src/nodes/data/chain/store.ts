/**
 * What a member has: the values that the tail has too, and after them the updates that are still on
 * their way there (the Sent list of van Renesse & Schneider). All of it is on disk.
 */
import { assert } from '../../../sim/assert.ts';
import type { Log, Plain, Storage } from '../../../sim/node.ts';
import type { Copy, Update } from './messages.ts';

type Base = Pick<Copy, 'n' | 'entries' | 'sessions'>;

/** Acknowledged updates that are kept for a successor that has just joined. */
const DONE_MAX = 1000;

const NOTHING: Base = { n: 0, entries: [], sessions: [] };

export class Store {
  readonly #storage: Storage;
  readonly #log: Log<Update>;
  /** Values after update `acked`. */
  readonly #clean = new Map<string, Plain>();
  /** The updates after `acked`, in their order. */
  #pending: Update[] = [];
  /** The last updates up to `acked`. */
  #done: Update[] = [];
  /** By session, its last write that is here. */
  readonly #sessions = new Map<string, number>();
  #acked: number;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#log = storage.log<Update>('updates');
    this.#log.dropTorn();
    const base = (storage.get('base') as Base | undefined) ?? NOTHING;
    this.#acked = base.n;
    this.#fill(base);
    for (let i = this.#log.start; i < this.#log.end; i++) {
      const update = this.#log.at(i);
      if (update.n === this.last + 1) this.#remember(update);
    }
  }

  #fill({ entries, sessions }: Base): void {
    for (const [key, value] of entries) this.#clean.set(key, value);
    for (const [session, serial] of sessions) this.#sessions.set(session, serial);
  }

  /** The number of the last update; 0 before the first. */
  get last(): number {
    return this.#acked + this.#pending.length;
  }

  /** Up to here the tail is known to have everything. */
  get acked(): number {
    return this.#acked;
  }

  get pending(): readonly Update[] {
    return this.#pending;
  }

  /** Whether this write of the session is here. */
  knows(session: string, serial: number): boolean {
    return (this.#sessions.get(session) ?? 0) >= serial;
  }

  take(update: Update): void {
    assert(update.n === this.last + 1, 'updates come in their order, without a gap');
    this.#log.append(update);
    this.#remember(update);
  }

  #remember(update: Update): void {
    this.#pending.push(update);
    this.#sessions.set(update.session, update.serial);
  }

  /** The tail has all up to this one. Gives those that it has now. */
  acknowledge(n: number): readonly Update[] {
    const count = Math.min(n, this.last) - this.#acked;
    if (count <= 0) return [];
    const done = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    this.#acked += count;
    this.#done.push(...done);
    if (this.#done.length > 2 * DONE_MAX) this.#done = this.#done.slice(-DONE_MAX);
    for (const { key, value, kind } of done) if (kind !== 'refused') this.#clean.set(key, value);
    return done;
  }

  /** The updates after this one; null if they are not kept any more. */
  after(n: number): readonly Update[] | null {
    if (n >= this.#acked) return this.#pending.slice(n - this.#acked);
    const missing = this.#acked - n;
    if (missing > this.#done.length) return null;
    return [...this.#done.slice(-missing), ...this.#pending];
  }

  clean(key: string): Plain {
    return this.#clean.get(key) ?? null;
  }

  /** The value after update `n`: an older one than `acked` counts as `acked`. */
  valueAt(key: string, n: number): Plain {
    for (let i = this.#pending.length - 1; i >= 0; i--) {
      const update = this.#pending[i] as Update;
      if (update.n <= n && update.key === key && update.kind !== 'refused') return update.value;
    }
    return this.clean(key);
  }

  isDirty(key: string): boolean {
    return this.#pending.some((update) => update.key === key && update.kind !== 'refused');
  }

  /** Everything that the tail has, as it stands at the tail. */
  copy(epoch: number): Copy {
    const entries = [...this.#clean];
    const sessions = [...this.#sessions];
    return { type: 'copy', epoch, n: this.#acked, entries, sessions };
  }

  /** Takes a copy in place of all that it has. */
  restore({ n, entries, sessions }: Base): void {
    this.#log.truncate(this.#log.start);
    this.#storage.set('base', { n, entries, sessions });
    this.#clean.clear();
    this.#sessions.clear();
    this.#pending = [];
    this.#done = [];
    this.#acked = n;
    this.#fill({ n, entries, sessions });
  }
}
