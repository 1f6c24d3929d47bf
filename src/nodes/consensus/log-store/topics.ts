/**
 * The logs of producers and consumers. Their values are nowhere but in the write-ahead log: a
 * snapshot says only how far each group of readers has come. So a segment is kept until a snapshot
 * stands for what it changed, and the slowest reader is past it, as PostgreSQL keeps its log for
 * the slowest replication slot (its manual, "Streaming Replication Slots").
 */
import type log from '../../../interfaces/log.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';

type Sent = readonly [key: string, offset: number, value: Plain];
type Offsets = { readonly [key: string]: number };

/** What one request adds to the logs and to the places of a group of readers: all or nothing. */
export type LogRecord = {
  readonly type: 'log';
  readonly sends: readonly Sent[];
  readonly group: string;
  readonly places: Offsets;
};

/** How a request is answered, once its record is in the log; null: it changes nothing. */
export interface LogPlan {
  readonly record: LogRecord | null;
  readonly reply: ReplyBody;
}

interface Topic {
  /** The offsets of the first value that is kept, and of the next that comes. */
  start: number;
  end: number;
  /** By offset, the lowest first: a value, and the number of its record. */
  readonly values: Map<number, { readonly value: Plain; readonly record: number }>;
  /** The offset that each group reads next. */
  readonly places: Map<string, number>;
}

type Kept = readonly [key: string, end: number, places: readonly (readonly [string, number])[]];

/** Values of a log in one answer to a poll, at most. */
const POLL_MAX = 500;

export class Topics {
  readonly #topics = new Map<string, Topic>();

  /** null: it is not served. */
  plan(request: RequestOf<typeof log>): LogPlan | null {
    switch (request.type) {
      case 'send': {
        const sends = this.#placed([[request.key, request.value]]);
        return { record: recordOf(sends), reply: { type: 'send_ok', offset: sends[0]?.[1] ?? 0 } };
      }
      case 'txn': {
        const sends = this.#placed(request.sends);
        const offsets = sends.map(([, offset]) => offset);
        return {
          record: recordOf(sends, '', request.offsets),
          reply: { type: 'txn_ok', offsets },
        };
      }
      case 'commit':
        return {
          record: recordOf([], request.group, request.offsets),
          reply: { type: 'commit_ok' },
        };
      case 'committed':
        return this.#placesOf(request.group, request.keys);
      case 'poll': {
        const records = Object.fromEntries(
          Object.entries(request.offsets).map(([key, from]) => [key, this.#valuesOf(key, from)]),
        );
        return { record: null, reply: { type: 'poll_ok', records } };
      }
      case 'assign':
        return { record: null, reply: { type: 'assign_ok' } };
      default:
        return null;
    }
  }

  /**
   * Takes up the record of this number. One that the snapshot restored stands for gives its values
   * only.
   */
  take({ sends, group, places }: LogRecord, number: number, valuesOnly = false): void {
    for (const [key, offset, value] of sends) {
      const topic = this.#topic(key);
      if (topic.values.size === 0) topic.start = offset;
      topic.values.set(offset, { value, record: number });
      topic.end = Math.max(topic.end, offset + 1);
    }
    if (valuesOnly) return;
    for (const [key, offset] of Object.entries(places)) this.#topic(key).places.set(group, offset);
  }

  /** The first record that a reader is not past; Infinity: none. A log nobody reads is all kept. */
  get wanted(): number {
    let wanted = Infinity;
    for (const { start, end, values, places } of this.#topics.values()) {
      const slowest = places.size === 0 ? start : Math.min(...places.values());
      let offset = Math.max(slowest, start);
      while (offset < end && !values.has(offset)) offset++;
      wanted = Math.min(wanted, values.get(offset)?.record ?? Infinity);
    }
    return wanted;
  }

  /** Forgets the values of the records before this one: their segments are gone. */
  dropBefore(record: number): void {
    for (const topic of this.#topics.values()) {
      for (const [offset, held] of topic.values) {
        if (held.record >= record) break;
        topic.values.delete(offset);
        topic.start = offset + 1;
      }
    }
  }

  snapshot(): Plain {
    return [...this.#topics].map(([key, { end, places }]): Kept => [key, end, [...places]]);
  }

  restore(snapshot: Plain): void {
    for (const [key, end, places] of snapshot as unknown as readonly Kept[]) {
      this.#topics.set(key, { start: end, end, values: new Map(), places: new Map(places) });
    }
  }

  #topic(key: string): Topic {
    let topic = this.#topics.get(key);
    if (topic === undefined) {
      topic = { start: 0, end: 0, values: new Map(), places: new Map() };
      this.#topics.set(key, topic);
    }
    return topic;
  }

  /** Gives each value its offset: the next of its log. */
  #placed(sends: readonly (readonly [key: string, value: Plain])[]): Sent[] {
    const ends = new Map<string, number>();
    return sends.map(([key, value]) => {
      const offset = ends.get(key) ?? this.#topics.get(key)?.end ?? 0;
      ends.set(key, offset + 1);
      return [key, offset, value];
    });
  }

  /** A group that asks for the first time begins with what is kept, and is waited for from now. */
  #placesOf(group = '', keys: readonly string[]): LogPlan {
    const offsets: { [key: string]: number } = {};
    const places: { [key: string]: number } = {};
    for (const key of keys) {
      const topic = this.#topics.get(key);
      const place = topic?.places.get(group);
      offsets[key] = place ?? topic?.start ?? 0;
      if (place === undefined) places[key] = offsets[key];
    }
    const isNew = Object.keys(places).length > 0;
    const record = isNew ? recordOf([], group, places) : null;
    return { record, reply: { type: 'committed_ok', offsets } };
  }

  #valuesOf(key: string, from: number): readonly (readonly [offset: number, value: Plain])[] {
    const found: [number, Plain][] = [];
    const { start, end, values } = this.#topic(key);
    for (let offset = Math.max(from, start); offset < end && found.length < POLL_MAX; offset++) {
      const held = values.get(offset);
      if (held !== undefined) found.push([offset, held.value]);
    }
    return found;
  }
}

function recordOf(sends: readonly Sent[], group = '', places: Offsets = {}): LogRecord {
  return { type: 'log', sends, group, places };
}
