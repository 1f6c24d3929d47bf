/**
 * A server's log: its entries after those that were compacted, in memory and on disk (Ongaro &
 * Ousterhout 2014, sections 5.3 and 7).
 *
 * Every change goes to the disk as it is made; it is durable when the disk says so, and `ctx.send`
 * waits for that. Beside the entries runs a chain of hashes: equal hashes at an index mean equal
 * logs up to there, which is how the Log Matching Property (section 5.3) is checked after every
 * event without comparing logs.
 *
 * On disk the entries are the records of a log, in order. The record `log-start` says which entry
 * the log begins after, once it was compacted: a snapshot of the state stands for those before.
 */
import { assert } from '../../../sim/assert.ts';
import { type Log, type Storage, StorageError } from '../../../sim/node.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { type Configuration, NOBODY } from './configuration.ts';
import { type Entry, isNoOp } from './messages.ts';

/** What `termAt` answers where there is no entry: no message carries it. */
export const NO_TERM = -1;

/** The last entry that is not in the log any more, and where on the disk the next one is. */
type LogStart = {
  readonly index: number;
  readonly term: number;
  /** The hash of the log up to and with that entry. */
  readonly hash: number;
  readonly position: number;
};

const EMPTY: LogStart = { index: 0, term: 0, hash: 0, position: 0 };

/** A configuration in the log, and the index of its entry. */
export interface Placed {
  readonly index: number;
  readonly configuration: Configuration;
}

/** What the log is a continuation of: the snapshot's last index, and the configuration there. */
export interface Origin extends Placed {
  readonly cutDamaged: boolean;
}

const ORIGIN: Origin = { index: 0, configuration: NOBODY, cutDamaged: false };

export class RaftLog {
  private readonly storage: Storage;
  private readonly disk: Log<Entry>;
  /** The index before the first entry kept, with its term and hash. */
  private start: LogStart;
  private readonly entries: Entry[] = [];
  /** The hash of the log up to and with each entry, as far as somebody has asked. */
  private readonly prefixes: number[] = [];
  /**
   * Configurations by index, the latest last; the first is that of the snapshot, or of the start.
   */
  private readonly configurations: Placed[];
  /** How often entries were cut off at the end. */
  cuts = 0;

  /** An entry at the end was torn by the crash before, and dropped: no answer had promised it. */
  readonly wasTorn: boolean;
  /** How many entries were cut off at boot, since one of them was damaged; 0 for none. */
  readonly damaged: number;

  /**
   * Reads what is on disk. Throws StorageError if a record is damaged other than torn: it may have
   * been acknowledged, so that a server without it must not take part. With `cutDamaged` the log is
   * cut off before it instead.
   */
  constructor(storage: Storage, origin: Origin = ORIGIN) {
    this.storage = storage;
    this.disk = storage.log<Entry>('entries');
    this.wasTorn = this.disk.dropTorn() > 0;
    this.start = (storage.get('log-start') as LogStart | undefined) ?? EMPTY;
    this.configurations = [{ index: origin.index, configuration: origin.configuration }];
    this.repairStart();
    this.damaged = this.read(origin.cutDamaged);
  }

  /** A crash may have come between the record of the start and the drop of what is before it. */
  private repairStart(): void {
    const { position } = this.start;
    if (position > this.disk.end) {
      // Only a disk that loses what it has reported brings this about.
      this.start = { ...this.start, position: this.disk.end };
      this.storage.set('log-start', this.start);
    }
    this.disk.dropBefore(position);
  }

  private read(cutDamaged: boolean): number {
    const { start, end } = this.disk;
    for (let i = start; i < end; i++) {
      let entry: Entry;
      try {
        entry = this.disk.at(i);
      } catch (error) {
        if (!cutDamaged || !(error instanceof StorageError)) throw error;
        this.disk.truncate(i);
        return end - i;
      }
      this.keep(entry);
    }
    return 0;
  }

  get lastIndex(): number {
    return this.start.index + this.entries.length;
  }

  /** The index of the last entry that was compacted; 0 while nothing has been. */
  get baseIndex(): number {
    return this.start.index;
  }

  /** 0 when the log is empty. */
  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** The latest configuration, committed or not, and its index. */
  get latest(): Placed {
    return this.configurations[this.configurations.length - 1] as Placed;
  }

  /** The latest configuration up to an index. */
  configurationAt(index: number): Placed {
    for (let i = this.configurations.length - 1; i > 0; i--) {
      const placed = this.configurations[i] as Placed;
      if (placed.index <= index) return placed;
    }
    return this.configurations[0] as Placed;
  }

  /** The term of the entry at an index; 0 at index 0, NO_TERM where it is not known. */
  termAt(index: number): number {
    const entry = this.entries[index - this.start.index - 1];
    if (entry !== undefined) return entry.term;
    return index === this.start.index ? this.start.term : NO_TERM;
  }

  /** Throws RangeError where there is no entry. */
  at(index: number): Entry {
    const entry = this.entries[index - this.start.index - 1];
    if (entry === undefined) throw new RangeError(`no entry at ${index}`);
    return entry;
  }

  /** Throws StorageError `disk-full`, and changes nothing then. */
  append(entry: Entry): void {
    this.disk.append(entry);
    this.keep(entry);
  }

  /** Forgets the entries from this index on. */
  truncateFrom(index: number): void {
    const kept = index - this.start.index - 1;
    assert(kept >= 0, 'entries that were compacted are never cut off');
    if (kept >= this.entries.length) return;
    this.cuts++;
    this.disk.truncate(this.start.position + kept);
    this.entries.length = kept;
    if (this.prefixes.length > kept) this.prefixes.length = kept;
    while (this.latest.index >= index && this.configurations.length > 1) this.configurations.pop();
  }

  /**
   * Forgets the entries up to this index, which a durable snapshot covers (section 7). Throws
   * StorageError `disk-full`, and changes nothing then.
   */
  compactTo(index: number): void {
    const dropped = index - this.start.index;
    if (dropped <= 0) return;
    assert(index <= this.lastIndex, 'a log is compacted only as far as it goes');
    const position = this.start.position + dropped;
    const kept = this.configurationAt(index);
    this.begin({ index, term: this.termAt(index), hash: this.hashAt(index), position });
    this.entries.splice(0, dropped);
    this.prefixes.splice(0, dropped);
    while (this.configurations[0] !== kept) this.configurations.shift();
  }

  /** Begins again after a snapshot that was installed: what the log held is not of its history. */
  restartAfter(index: number, term: number, hash: number, placed: Placed): void {
    this.begin({ index, term, hash, position: this.disk.end });
    this.entries.length = 0;
    this.prefixes.length = 0;
    this.configurations.length = 0;
    this.configurations.push(placed);
  }

  private begin(start: LogStart): void {
    this.storage.set('log-start', start);
    this.start = start;
    this.disk.dropBefore(start.position);
  }

  /** Up to `count` entries from an index on, in a new array. */
  slice(from: number, count: number): readonly Entry[] {
    const start = from - this.start.index - 1;
    return this.entries.slice(start, start + count);
  }

  /**
   * The first index that holds the same term as the entry at this one. Terms never fall along a
   * log, so it can be found by halving.
   */
  firstIndexOfTermAt(index: number): number {
    const term = this.termAt(index);
    let low = this.start.index + 1;
    let high = index;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.termAt(middle) < term) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The last index up to `upTo` that holds this term; 0 if none does. */
  lastIndexOfTerm(term: number, upTo: number): number {
    let low = this.start.index;
    let high = upTo < this.lastIndex ? upTo : this.lastIndex;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.termAt(middle) <= term) low = middle;
      else high = middle - 1;
    }
    return low > this.start.index && this.termAt(low) === term ? low : 0;
  }

  /** The hash of the log up to and with this index; 0 where it is not known. */
  hashAt(index: number): number {
    const { entries, prefixes, start } = this;
    if (index === start.index) return start.hash;
    for (let i = prefixes.length; i < entries.length && i < index - start.index; i++) {
      prefixes.push(chain(prefixes[i - 1] ?? start.hash, entries[i] as Entry));
    }
    return prefixes[index - start.index - 1] ?? 0;
  }

  /** The terms of the last `count` entries, oldest first. */
  lastTerms(count: number): number[] {
    const terms: number[] = [];
    for (let i = this.entries.length > count ? this.entries.length - count : 0; ; i++) {
      const entry = this.entries[i];
      if (entry === undefined) return terms;
      terms.push(entry.term);
    }
  }

  /** The hashes of the log up to and with each of the last `count` entries, oldest first. */
  lastHashes(count: number): number[] {
    this.hashAt(this.lastIndex);
    return this.prefixes.slice(-count);
  }

  private keep(entry: Entry): void {
    this.entries.push(entry);
    if (entry.command.type === 'configuration') this.place(entry);
  }

  private place({ command }: Entry): void {
    const index = this.lastIndex;
    // An entry that the snapshot covers is older than the configuration of the snapshot.
    if (command.type !== 'configuration' || index <= (this.configurations[0]?.index ?? 0)) return;
    const { configuration } = command as { readonly configuration: Configuration };
    this.configurations.push({ index, configuration });
  }
}

/** Adds an entry to a chain of hashes. */
export function chain(hash: number, entry: Entry): number {
  return mix(hash, digestOf(entry));
}

/** What distinguishes entries: the term, and the client's command. */
function digestOf(entry: Entry): number {
  const { command } = entry;
  const hash = mix(entry.term, command.type.length);
  if (isNoOp(command)) return hash;
  if (command.type === 'configuration') return textHash(JSON.stringify(command), hash);
  const { session, serial, key } = command as Command;
  const keyText = typeof key === 'string' ? key : '';
  return mix(textHash(keyText, textHash(session, hash)), serial);
}

export function textHash(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function mix(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b, 0x27d4eb2d), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 15)) + 1) | 0;
}
