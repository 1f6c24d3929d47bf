/**
 * What a backup keeps: full copies, and the log. A full copy is read while writes go on, so its
 * parts are of different moments: it is worth something only with the log from its beginning to its
 * end, and a restore replays at least that (a fuzzy copy; Mohan et al. 1992, ARIES).
 */
import type { Plain, Storage } from '../../../sim/node.ts';
import type { ArchivedRecord, Entries } from '../../parts/backup-messages.ts';

export type Full = {
  /** The stretch of the log that goes with it. */
  readonly stretch: number;
  /** The first and the last moment of the store that is in it. */
  readonly startLsn: number;
  readonly startEpoch: number;
  readonly endLsn: number;
  readonly entries: Entries;
  /** Entries that it should have. */
  readonly count: number;
};

/** A stretch of the log without a gap, after `after`. */
interface Stretch {
  readonly id: number;
  readonly after: number;
  readonly epoch: number;
  /** Of its first record, in the log on disk. */
  readonly from: number;
  readonly records: ArchivedRecord[];
}

type Head = { readonly id: number; readonly after: number; readonly epoch: number };

/** On disk, in one log: a new stretch begins, or a record of it. */
type Line = Head | ArchivedRecord;

/** On disk beside the log: the head of the first stretch that is kept, and its first record. */
type First = Head & { readonly from: number };

/** What a restore brings back. */
export interface Plan {
  readonly lsn: number;
  readonly epoch: number;
  readonly entries: Entries;
  readonly replayed: number;
}

export class Archive {
  readonly #storage: Storage;
  readonly #keep: number;
  #fulls: readonly Full[];
  #stretches: Stretch[] = [];
  /** What follows the last record kept is known to be lost. */
  #isBroken = false;

  /** As found on the disk. */
  constructor(storage: Storage, keep: number) {
    this.#storage = storage;
    this.#keep = keep;
    this.#fulls = (storage.get('fulls') as readonly Full[] | undefined) ?? [];
    const lines = storage.log<Line>('log');
    lines.dropTorn();
    const first = storage.get('first') as First | undefined;
    if (first !== undefined) this.#stretches.push({ ...first, records: [] });
    for (let i = first?.from ?? lines.start; i < lines.end; i++) this.#take(lines.at(i), i);
  }

  get records(): number {
    return this.#stretches.reduce((sum, { records }) => sum + records.length, 0);
  }

  /** The last record of the stretch that goes on, or where it begins; null without one. */
  get end(): { readonly lsn: number; readonly epoch: number } | null {
    const last = this.#last;
    if (last === undefined || this.#isBroken) return null;
    return last.records[last.records.length - 1] ?? { lsn: last.after, epoch: last.epoch };
  }

  get #last(): Stretch | undefined {
    return this.#stretches[this.#stretches.length - 1];
  }

  /** A new stretch. Earlier ones are still good for the copies that were taken in them. */
  begin(after: number, epoch: number): void {
    this.#isBroken = false;
    this.#write({ id: (this.#last?.id ?? 0) + 1, after, epoch });
  }

  /** The last stretch does not go on. */
  abandon(): void {
    this.#isBroken = true;
  }

  add(record: ArchivedRecord): void {
    this.#write(record);
  }

  #write(line: Line): void {
    const log = this.#storage.log<Line>('log');
    log.append(line);
    this.#take(line, log.end - 1);
  }

  #take(line: Line, index: number): void {
    if ('after' in line) this.#stretches.push({ ...line, from: index + 1, records: [] });
    else this.#last?.records.push(line);
  }

  /** Old copies go, and the log before the oldest that is left. */
  addFull(full: Omit<Full, 'stretch'>): void {
    const stretch = this.#last?.id ?? 0;
    this.#fulls = [...this.#fulls, { ...full, stretch }].slice(-this.#keep);
    this.#storage.set('fulls', this.#fulls);
    const needed = ({ id }: Stretch) => this.#fulls.some((one) => one.stretch === id);
    this.#stretches = this.#stretches.filter((one) => one === this.#last || needed(one));
    this.#trim();
  }

  /** Drops what no copy needs: stretches before the first, and of it what is in all its copies. */
  #trim(): void {
    const [stretch] = this.#stretches;
    if (stretch === undefined) return;
    const { id, records } = stretch;
    const copies = this.#fulls.filter((full) => full.stretch === id);
    const kept = Math.min(...copies.map(({ startLsn }) => startLsn));
    const next = records.findIndex(({ lsn }) => lsn > kept);
    const count = copies.length === 0 ? 0 : next < 0 ? records.length : next;
    const { lsn: after, epoch } = records[count - 1] ?? {
      lsn: stretch.after,
      epoch: stretch.epoch,
    };
    const from = stretch.from + count;
    this.#stretches[0] = { id, after, epoch, from, records: records.slice(count) };
    this.#storage.set('first', { id, after, epoch, from } satisfies First);
    this.#storage.log<Line>('log').dropBefore(from);
  }

  /**
   * The state of the store as late as is known, or at a moment of the primary's clock in ms; null
   * if no copy has the log that it needs. `isTorn`: the mistake, see `declared.ts`.
   */
  planAt(atMs: number, isTorn: boolean): Plan | null {
    for (const full of [...this.#fulls].reverse()) {
      const { startLsn, startEpoch, endLsn, entries } = full;
      const stretch = this.#stretches.find(({ id }) => id === full.stretch);
      const records = (stretch?.records ?? []).filter(({ lsn }) => lsn > startLsn);
      const reached = records.filter((record) => record.lsn <= endLsn || record.atMs <= atMs);
      const last = reached[reached.length - 1] ?? { lsn: startLsn, epoch: startEpoch };
      const tooLate = reached.some(({ lsn, atMs: at }) => lsn <= endLsn && at > atMs);
      const lacks = stretch === undefined || stretch.after > startLsn || last.lsn < endLsn;
      if (lacks || tooLate) continue;
      const values = new Map<string, Plain>(entries);
      for (const { lsn, key, value } of reached) {
        if (!isTorn || lsn > endLsn) values.set(key, value);
      }
      const { lsn, epoch } = last;
      return { lsn, epoch, entries: [...values], replayed: reached.length };
    }
    return null;
  }
}
