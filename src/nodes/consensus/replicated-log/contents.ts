/**
 * What a replicated log says: the values of each key with their offsets, the offsets that consumers
 * have committed, and the last request of each producer.
 *
 * Values and producers are known as soon as a record is appended; consumers see only what is
 * applied, that is, below the high-water mark.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Log, Plain } from '../../../sim/node.ts';
import { textHash } from '../../parts/text-hash.ts';
import type { Entry } from './messages.ts';

/** One log: its values, and beside each the offset of its record in the replicated log. */
interface KeyLog {
  readonly values: Plain[];
  readonly records: number[];
}

/** What a producer asked last, and how it was answered. */
export interface Produced {
  readonly serial: number;
  /** The offset of its record. */
  readonly record: number;
  readonly body: ReplyBody;
}

/** Hashes of the last applied records that a view shows. */
export const TAIL = 24;

export class Contents {
  readonly #keys = new Map<string, KeyLog>();
  readonly #producers = new Map<string, Produced>();
  readonly #commits = new Map<string, Map<string, number>>();
  /** Everything before this offset is applied. */
  #applied = 0;
  /** By applied record, for the last ones: a hash of all up to it. */
  #tail: number[] = [];

  get applied(): number {
    return this.#applied;
  }

  get tail(): readonly number[] {
    return this.#tail;
  }

  /** A record was appended at this offset; gives what its request is answered. */
  append(record: number, entry: Entry): ReplyBody {
    const offsets = entry.sends.map(([key, value]) => {
      let log = this.#keys.get(key);
      if (log === undefined) {
        log = { values: [], records: [] };
        this.#keys.set(key, log);
      }
      log.records.push(record);
      return log.values.push(value) - 1;
    });
    const body = bodyOf(entry, offsets);
    const { session, serial } = entry;
    if (session !== '') this.#producers.set(session, { serial, record, body });
    return body;
  }

  /** The records up to this offset are committed. */
  applyTo(end: number, log: Log<Entry>): void {
    for (; this.#applied < end; this.#applied++) {
      const { generation, session, serial, group, commits } = log.at(this.#applied);
      const before = this.#tail.at(-1) ?? 0;
      this.#tail.push(textHash(`${before} ${generation} ${session} ${serial}`));
      if (this.#tail.length > TAIL) this.#tail.shift();
      for (const [key, offset] of Object.entries(commits)) this.#commit(group, key, offset);
    }
  }

  /** Reads the log again: after a boot, or when its end was cut off. */
  rebuild(log: Log<Entry>): void {
    const applied = Math.min(this.#applied, log.end);
    this.#keys.clear();
    this.#producers.clear();
    this.#commits.clear();
    this.#applied = 0;
    this.#tail = [];
    for (let i = log.start; i < log.end; i++) this.append(i, log.at(i));
    this.applyTo(applied, log);
  }

  forgetProducers(): void {
    this.#producers.clear();
  }

  producedBy(session: string): Produced | null {
    return this.#producers.get(session) ?? null;
  }

  /**
   * The values of a key from an offset on, whose records stand before `recordEnd`; at most `most`.
   */
  valuesOf(
    key: string,
    from: number,
    recordEnd: number,
    most: number,
  ): readonly (readonly [offset: number, value: Plain])[] {
    const log = this.#keys.get(key);
    const values: [number, Plain][] = [];
    for (let offset = Math.max(0, from); log !== undefined; offset++) {
      const record = log.records[offset];
      if (record === undefined || record >= recordEnd || values.length === most) break;
      values.push([offset, log.values[offset] ?? null]);
    }
    return values;
  }

  /** The offset that a group has committed for a key; undefined for none. */
  committed(group: string, key: string): number | undefined {
    return this.#commits.get(group)?.get(key);
  }

  #commit(group: string, key: string, offset: number): void {
    let offsets = this.#commits.get(group);
    if (offsets === undefined) {
      offsets = new Map();
      this.#commits.set(group, offsets);
    }
    offsets.set(key, offset);
  }
}

function bodyOf({ type }: Entry, offsets: readonly number[]): ReplyBody {
  if (type === 'send') return { type: 'send_ok', offset: offsets[0] ?? 0 };
  return type === 'txn' ? { type: 'txn_ok', offsets } : { type: 'commit_ok' };
}
