/**
 * What stands in the logs: contradictions, duplicates, losses, and what should not have been seen.
 */
import { show, showSome } from '../findings/values.ts';
import type { LogError } from './log-error.ts';
import { numberOf } from './log-error.ts';
import type { KeyLog, LogHistory, LogOperation, Message } from './log-history.ts';

/** Offsets that hold more than one value. */
export function* inconsistentOffsets({ logs }: LogHistory): Generator<LogError> {
  for (const [key, { places }] of logs) {
    for (const [index, { offset, messages, observers }] of places.entries()) {
      if (messages.length < 2) continue;
      const [first, second] = observers;
      if (first === undefined || second === undefined) continue;
      const values = messages.map(({ value }) => value);
      yield {
        name: 'inconsistent-offsets',
        key,
        operations: [first, second],
        sentence: () =>
          `offset ${offset} of ${key} is ${show(values[0] ?? null)} to ${numberOf(first)} and ${show(values[1] ?? null)} to ${numberOf(second)}`,
        facts: () => ({ offset, index, values }),
      };
    }
  }
}

/** Values that stand at more than one offset. */
export function* duplicates({ logs }: LogHistory): Generator<LogError> {
  for (const [key, { places, firstIndex, lastIndex }] of logs) {
    for (const [id, first] of firstIndex) {
      const last = lastIndex.get(id) ?? first;
      if (first === last) continue;
      const [from, to] = [observerOf(places[first], id), observerOf(places[last], id)];
      if (from === null || to === null) continue;
      const offsets = () =>
        places
          .slice(first, last + 1)
          .filter(({ messages }) => messages.some((message) => message.id === id))
          .map(({ offset }) => offset);
      yield {
        name: 'duplicate',
        key,
        operations: from.observer === to.observer ? [from.observer] : [from.observer, to.observer],
        sentence: () =>
          `${show(from.message.value)} stands at offsets ${showSome(offsets())} of ${key}: ${numberOf(from.observer)}, ${numberOf(to.observer)}`,
        facts: () => ({ value: from.message.value, count: offsets().length, offsets: offsets() }),
      };
    }
  }
}

function observerOf(place: KeyLog['places'][number] | undefined, id: Message['id']) {
  const at = place?.messages.findIndex((message) => message.id === id) ?? -1;
  const message = place?.messages[at];
  const observer = place?.observers[at];
  return message === undefined || observer === undefined ? null : { message, observer };
}

/** Values polled by answered operations although their send failed. */
export function* abortedReads(history: LogHistory): Generator<LogError> {
  for (const reader of history.operations) {
    if (reader.operation.outcome !== 'ok') continue;
    for (const [key, messages] of reader.polls) {
      for (const message of messages) {
        const writer = history.writerOf(message);
        if (writer?.operation.outcome !== 'fail') continue;
        const { value } = message;
        yield {
          name: 'G1a',
          key,
          operations: [writer, reader],
          sentence: () =>
            `${numberOf(reader)} polled ${show(value)} from ${key}, but ${numberOf(writer)}, which sent it, failed`,
          facts: () => ({ value }),
        };
      }
    }
  }
}

/** Transactions that polled what they themselves sent. */
export function* precommittedReads({ operations }: LogHistory): Generator<LogError> {
  for (const each of operations) {
    for (const [key, sent] of each.sends) {
      const polled = new Set(each.polls.get(key)?.map(({ id }) => id));
      const own = polled.size === 0 ? undefined : sent.find(({ id }) => polled.has(id));
      if (own === undefined) continue;
      yield {
        name: 'precommitted-read',
        key,
        operations: [each],
        sentence: () =>
          `${numberOf(each)} polled ${show(own.value)} from ${key}, which it had itself just sent and not yet committed`,
        facts: () => ({ value: own.value }),
      };
    }
  }
}

/**
 * Values that surely were committed, stand before one that was polled, and were polled by nobody. A
 * value at several offsets counts as high as its first when it was polled, and is due only at its
 * last.
 */
export function* lostWrites(history: LogHistory): Generator<LogError> {
  for (const [key, log] of history.logs) {
    const bound = highestRead(history, log);
    if (bound < 0) continue;
    const reader = readerAt(history, log, bound);
    for (let index = 0; index <= bound; index++) {
      for (const message of log.places[index]?.messages ?? []) {
        if (log.lastIndex.get(message.id) !== index || history.wasRead(message)) continue;
        const writer = history.writerOf(message);
        if (writer === null || !history.surelyCommitted(writer)) continue;
        const { value } = message;
        yield {
          name: 'lost-write',
          key,
          operations: reader === null ? [writer] : [writer, reader.by],
          sentence: () => {
            const later = reader === null ? 'a later one' : show(reader.message.value);
            const who = reader === null ? 'somebody' : numberOf(reader.by);
            return `${numberOf(writer)} sent ${show(value)} to ${key}, and nobody polled it, though ${who} polled ${later}, which stands ${index < bound ? 'after it' : 'in its place'}`;
          },
          facts: () => ({
            value,
            index: log.firstIndex.get(message.id) ?? index,
            max_read_index: bound,
          }),
        };
      }
    }
  }
}

/** The highest first index of a value that an answered operation polled, else -1. */
function highestRead(history: LogHistory, { places, firstIndex }: KeyLog): number {
  for (let index = places.length - 1; index >= 0; index--) {
    for (const message of places[index]?.messages ?? []) {
      if (firstIndex.get(message.id) === index && history.wasRead(message)) return index;
    }
  }
  return -1;
}

function readerAt(
  history: LogHistory,
  { places }: KeyLog,
  index: number,
): { readonly message: Message; readonly by: LogOperation } | null {
  for (const message of places[index]?.messages ?? []) {
    const by = history.wasRead(message) ? history.firstReaderOf(message) : null;
    if (by !== null) return { message, by };
  }
  return null;
}
