/**
 * A history of producers and consumers of partitioned logs, and what all of it together says of
 * each log: which value stands at which offset, who sent it, who saw it.
 *
 * The form of the operations and the rules of evidence are those of Jepsen's Kafka test
 * (jepsen-io/jepsen, tests/kafka.clj): polls are believed whatever became of their transaction,
 * because a consumer must never be handed what is not committed; sends only if they surely took
 * effect. Offsets may have gaps; the index of a value is its place without them.
 */
import { compareNumbers, isNumeric, jsonText, type Numeric } from '../../sim/exact-number.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { isFields, isList, keyOf, type ValueKey } from '../findings/values.ts';

/** A value in a log. */
export interface Message {
  /** Of the log: topic and partition. */
  readonly key: string;
  /** Null: not known, as of a send that timed out. */
  readonly offset: Numeric | null;
  readonly value: Plain;
  readonly id: ValueKey;
}

export type MessagesByKey = ReadonlyMap<string, readonly Message[]>;

export interface LogOperation {
  readonly operation: Operation;
  readonly sends: MessagesByKey;
  /** Logs that it polled, those that gave nothing included. */
  readonly polls: MessagesByKey;
  /** Of `assign` and `subscribe`: the logs from now on; else null. */
  readonly assigned: ReadonlySet<string> | null;
}

/** One place in a log. More than one message: they contradict each other. */
export interface Place {
  readonly offset: Numeric;
  readonly messages: Message[];
  /** Who says so, for each message. */
  readonly observers: LogOperation[];
}

/** What is known of one log. */
export interface KeyLog {
  /** By index: ascending offsets, without gaps. */
  readonly places: readonly Place[];
  /** The first and the last index of each value. */
  readonly firstIndex: ReadonlyMap<ValueKey, number>;
  readonly lastIndex: ReadonlyMap<ValueKey, number>;
}

export interface LogHistory {
  readonly operations: readonly LogOperation[];
  readonly logs: ReadonlyMap<string, KeyLog>;
  /** Who sent a value; rather one who may have succeeded. */
  writerOf(message: Message): LogOperation | null;
  /** The first that polled a value, whatever became of it. */
  firstReaderOf(message: Message): LogOperation | null;
  /** Whether an answered operation polled it. */
  wasRead(message: Message): boolean;
  /** Acknowledged, or uncertain and one of its sends was polled: then all took effect. */
  surelyCommitted(sender: LogOperation): boolean;
}

const NO_MESSAGES: MessagesByKey = new Map();

/** Null: an operation that cannot be read. */
export function logOperationOf(operation: Operation): LogOperation | null {
  const { f, input, output, outcome } = operation;
  if (f === 'assign' || f === 'subscribe') {
    const keys = isList(input) ? input : [];
    return {
      operation,
      sends: NO_MESSAGES,
      polls: NO_MESSAGES,
      assigned: new Set(keys.map(nameOf)),
    };
  }
  if (f !== 'send' && f !== 'poll' && f !== 'txn') {
    return { operation, sends: NO_MESSAGES, polls: NO_MESSAGES, assigned: null };
  }
  const steps = isList(output) ? output : input;
  if (!isList(steps)) return outcome === 'ok' ? null : logOperationOf({ ...operation, input: [] });
  const sends = new Map<string, Message[]>();
  const polls = new Map<string, Message[]>();
  for (const step of steps) {
    if (!isList(step)) return null;
    const [kind, first = null, second = null] = step;
    if (kind === 'send') add(sends, sentMessage(nameOf(first), second));
    else if (kind !== 'poll' || !readPoll(first, polls)) return null;
  }
  return { operation, sends, polls, assigned: null };
}

function nameOf(key: Plain): string {
  return typeof key === 'string' ? key : jsonText(key);
}

function add(messages: Map<string, Message[]>, message: Message): void {
  const before = messages.get(message.key);
  if (before === undefined) messages.set(message.key, [message]);
  else before.push(message);
}

/** `value`, or `[offset, value]`. */
function sentMessage(key: string, sent: Plain): Message {
  return isPair(sent) ? messageOf(key, sent[0], sent[1]) : messageOf(key, null, sent);
}

function isPair(value: Plain): value is readonly [Numeric | null, Plain] {
  if (!isList(value) || value.length !== 2) return false;
  return isNumeric(value[0]) || value[0] === null;
}

function messageOf(key: string, offset: Numeric | null, value: Plain): Message {
  return { key, offset, value, id: keyOf(value) };
}

/** `{ key: [[offset, value], ...] }`, or null of a poll without an answer. */
function readPoll(answer: Plain, into: Map<string, Message[]>): boolean {
  if (answer === null) return true;
  if (!isFields(answer)) return false;
  for (const [key, pairs] of Object.entries(answer)) {
    if (!isList(pairs)) return false;
    let messages = into.get(key);
    if (messages === undefined) {
      messages = [];
      into.set(key, messages);
    }
    for (const pair of pairs) {
      if (!isPair(pair)) return false;
      messages.push(messageOf(key, pair[0], pair[1]));
    }
  }
  return true;
}

/** Throws nothing; operations that cannot be read are left out, so look at them before. */
export function logHistoryOf(history: History): LogHistory {
  return new Analysis(history.flatMap((operation) => logOperationOf(operation) ?? []));
}

class Analysis implements LogHistory {
  readonly operations: readonly LogOperation[];
  readonly logs: ReadonlyMap<string, KeyLog>;
  readonly #writers = new Map<string, Map<ValueKey, LogOperation>>();
  readonly #readers = new Map<string, Map<ValueKey, LogOperation>>();
  readonly #okReads = new Map<string, Set<ValueKey>>();

  constructor(operations: readonly LogOperation[]) {
    this.operations = operations;
    for (const each of operations) this.#note(each);
    this.logs = logsOf(operations, this);
  }

  #note(each: LogOperation): void {
    for (const [key, messages] of each.sends) {
      const writers = of(this.#writers, key, () => new Map<ValueKey, LogOperation>());
      for (const { id } of messages) {
        const before = writers.get(id);
        if (before === undefined || before.operation.outcome === 'fail') writers.set(id, each);
      }
    }
    for (const [key, messages] of each.polls) {
      const readers = of(this.#readers, key, () => new Map<ValueKey, LogOperation>());
      const okReads = of(this.#okReads, key, () => new Set<ValueKey>());
      for (const { id } of messages) {
        if (!readers.has(id)) readers.set(id, each);
        if (each.operation.outcome === 'ok') okReads.add(id);
      }
    }
  }

  writerOf({ key, id }: Message): LogOperation | null {
    return this.#writers.get(key)?.get(id) ?? null;
  }

  firstReaderOf({ key, id }: Message): LogOperation | null {
    return this.#readers.get(key)?.get(id) ?? null;
  }

  wasRead({ key, id }: Message): boolean {
    return this.#okReads.get(key)?.has(id) === true;
  }

  surelyCommitted({ operation, sends }: LogOperation): boolean {
    if (operation.outcome !== 'info') return operation.outcome === 'ok';
    for (const messages of sends.values()) {
      if (messages.some((message) => this.wasRead(message))) return true;
    }
    return false;
  }
}

function of<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function logsOf(
  operations: readonly LogOperation[],
  history: LogHistory,
): ReadonlyMap<string, KeyLog> {
  const places = new Map<string, Map<ValueKey, Place>>();
  const observe = (messages: readonly Message[], observer: LogOperation) => {
    for (const message of messages) {
      const { key, offset, id } = message;
      if (offset === null) continue;
      const log = of(places, key, () => new Map<ValueKey, Place>());
      const place = of(log, keyOf(offset), () => ({ offset, messages: [], observers: [] }));
      if (place.messages.some((known) => known.id === id)) continue;
      place.messages.push(message);
      place.observers.push(observer);
    }
  };
  for (const each of operations) {
    if (history.surelyCommitted(each)) for (const sent of each.sends.values()) observe(sent, each);
    for (const polled of each.polls.values()) observe(polled, each);
  }
  return new Map(Array.from(places, ([key, log]) => [key, keyLogOf([...log.values()])]));
}

function keyLogOf(places: Place[]): KeyLog {
  places.sort((a, b) => compareNumbers(a.offset, b.offset));
  const firstIndex = new Map<ValueKey, number>();
  const lastIndex = new Map<ValueKey, number>();
  places.forEach(({ messages }, index) => {
    for (const { id } of messages) {
      if (!firstIndex.has(id)) firstIndex.set(id, index);
      lastIndex.set(id, index);
    }
  });
  return { places, firstIndex, lastIndex };
}

/** The place of a message in its log, without gaps; the last one, if it has several. */
export function indexOf(history: LogHistory, { key, id }: Message): number | null {
  return history.logs.get(key)?.lastIndex.get(id) ?? null;
}

/** How far the second is after the first; 1 if that is not known. */
export function distance(history: LogHistory, from: Message, to: Message): number {
  const [i, j] = [indexOf(history, from), indexOf(history, to)];
  return i === null || j === null ? 1 : j - i;
}

/** The values between two messages of one log. */
export function between(history: LogHistory, from: Message, to: Message): readonly Plain[] {
  const [i, j] = [indexOf(history, from), indexOf(history, to)];
  const places = history.logs.get(from.key)?.places ?? [];
  if (i === null || j === null) return [];
  return places.slice(i + 1, j).map(({ messages }) => messages[0]?.value ?? null);
}
