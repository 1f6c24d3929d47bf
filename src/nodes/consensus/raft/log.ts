/**
 * A server's log: entries from index 1 on, in memory and on disk (Ongaro & Ousterhout 2014, section
 * 5.3).
 *
 * Every change goes to the disk as it is made; it is durable when the disk says so, and `ctx.send`
 * waits for that. Beside the entries runs a chain of hashes: equal hashes at an index mean equal
 * logs up to there, which is how the Log Matching Property (section 5.3) is checked after every
 * event without comparing logs.
 */
import { assert } from '../../../sim/assert.ts';
import type { Log, Storage } from '../../../sim/node.ts';
import { type Entry, isNoOp } from './messages.ts';

/** What `termAt` answers where there is no entry: no message carries it. */
export const NO_TERM = -1;

export class RaftLog {
  private readonly disk: Log<Entry>;
  /** The index before the first entry kept, and its term: 0 while nothing has been compacted. */
  private readonly baseIndex: number;
  private readonly baseTerm = 0;
  private readonly entries: Entry[] = [];
  /** The hash of each entry, and of the log up to and with it. */
  private readonly digests: number[] = [];
  private readonly prefixes: number[] = [];

  /** An entry at the end was torn by the crash before, and dropped: no answer had promised it. */
  readonly wasTorn: boolean;

  /**
   * Reads what is on disk. Throws StorageError if a record is damaged otherwise: it may have been
   * acknowledged, so that a server without it must not take part.
   */
  constructor(storage: Storage) {
    this.disk = storage.log<Entry>('entries');
    this.wasTorn = this.disk.dropTorn() > 0;
    this.baseIndex = this.disk.start;
    for (let i = this.disk.start; i < this.disk.end; i++) this.keep(this.disk.at(i));
  }

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  /** 0 when the log is empty. */
  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** The term of the entry at an index; 0 at index 0, NO_TERM beyond the end. */
  termAt(index: number): number {
    if (index === this.baseIndex) return this.baseTerm;
    const entry = this.entries[index - this.baseIndex - 1];
    return entry === undefined ? NO_TERM : entry.term;
  }

  /** Throws RangeError where there is no entry. */
  at(index: number): Entry {
    const entry = this.entries[index - this.baseIndex - 1];
    if (entry === undefined) throw new RangeError(`no entry at ${index}`);
    return entry;
  }

  append(entry: Entry): void {
    this.disk.append(entry);
    this.keep(entry);
  }

  /** Forgets the entries from this index on. */
  truncateFrom(index: number): void {
    const kept = index - this.baseIndex - 1;
    assert(kept >= 0, 'entries that were compacted are never cut off');
    if (kept >= this.entries.length) return;
    this.disk.truncate(index - 1);
    this.entries.length = kept;
    this.digests.length = kept;
    this.prefixes.length = kept;
  }

  /** Up to `count` entries from an index on, in a new array. */
  slice(from: number, count: number): readonly Entry[] {
    const start = from - this.baseIndex - 1;
    return this.entries.slice(start, start + count);
  }

  /**
   * The first index that holds the same term as the entry at this one. Terms never fall along a
   * log, so it can be found by halving.
   */
  firstIndexOfTermAt(index: number): number {
    const term = this.termAt(index);
    let low = this.baseIndex + 1;
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
    let low = this.baseIndex;
    let high = upTo < this.lastIndex ? upTo : this.lastIndex;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.termAt(middle) <= term) low = middle;
      else high = middle - 1;
    }
    return low > this.baseIndex && this.termAt(low) === term ? low : 0;
  }

  /**
   * Adds the entry at an index to a chain of hashes, as `hashAt` does from the start of the log.
   */
  chain(hash: number, index: number): number {
    return mix(hash, this.digests[index - this.baseIndex - 1] ?? 0);
  }

  /** The hash of the log up to and with this index; 0 where there is no entry. */
  hashAt(index: number): number {
    return this.prefixes[index - this.baseIndex - 1] ?? 0;
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
    return this.prefixes.slice(-count);
  }

  private keep(entry: Entry): void {
    const digest = digestOf(entry);
    const before = this.prefixes[this.prefixes.length - 1] ?? 0;
    this.entries.push(entry);
    this.digests.push(digest);
    this.prefixes.push(mix(before, digest));
  }
}

/** What distinguishes entries: the term, and the client's command. */
function digestOf(entry: Entry): number {
  const { command } = entry;
  const hash = mix(entry.term, command.type.length);
  if (isNoOp(command)) return hash;
  const { session, serial, key } = command;
  const keyText = typeof key === 'string' ? key : '';
  return mix(textHash(keyText, textHash(session, hash)), serial);
}

function textHash(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function mix(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b, 0x27d4eb2d), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 15)) + 1) | 0;
}
