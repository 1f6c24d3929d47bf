/**
 * Whether producers and consumers go through the logs in order: within a transaction, and from one
 * to the next of the same process.
 *
 * A consumer that was assigned or subscribed again keeps its place only in the logs that it still
 * has. A transaction that failed or is uncertain must put the consumer back where it was, so only
 * an answered one moves it.
 */
import { show, showSome } from '../findings/values.ts';
import type { LogError } from './log-error.ts';
import { numberOf } from './log-error.ts';
import {
  between,
  distance,
  type LogHistory,
  type LogOperation,
  type Message,
} from './log-history.ts';

/** The last message of a log that a process is known to have dealt with. */
interface Position {
  readonly at: Message;
  readonly by: LogOperation;
}

type Positions = Map<string, Position>;

/** Consumers that leave something out or go back from one transaction to the next. */
export function* pollOrder(history: LogHistory): Generator<LogError> {
  const processes = new Map<number, Positions>();
  for (const each of history.operations) {
    const positions = positionsOf(processes, each);
    for (const [key, messages] of each.polls) {
      const [first] = messages;
      const last = messages.at(-1);
      if (first === undefined || last === undefined) continue;
      const before = positions.get(key);
      if (before !== undefined) yield* step(history, before, { at: first, by: each }, 'poll');
      if (each.operation.outcome === 'ok') positions.set(key, { at: last, by: each });
    }
  }
}

/** Producers whose sends go back from one transaction to the next. */
export function* sendOrder(history: LogHistory): Generator<LogError> {
  const processes = new Map<number, Positions>();
  for (const each of history.operations) {
    if (each.operation.outcome === 'fail') continue;
    const positions = positionsOf(processes, each);
    for (const [key, messages] of each.sends) {
      const [first] = messages;
      const last = messages.at(-1);
      if (first === undefined || last === undefined) continue;
      const before = positions.get(key);
      // That others' messages stand between is no mistake.
      if (before !== undefined && distance(history, before.at, first) < 1) {
        yield* step(history, before, { at: first, by: each }, 'send');
      }
      positions.set(key, { at: last, by: each });
    }
  }
}

/** The positions of an operation's process, after what it assigns or subscribes. */
function positionsOf(processes: Map<number, Positions>, each: LogOperation): Positions {
  const { process, outcome } = each.operation;
  let positions = processes.get(process);
  if (positions === undefined) {
    positions = new Map();
    processes.set(process, positions);
  }
  if (each.assigned !== null && outcome !== 'fail') {
    for (const key of [...positions.keys()]) if (!each.assigned.has(key)) positions.delete(key);
  }
  return positions;
}

/** Both within one transaction. */
export function* internalOrder(history: LogHistory): Generator<LogError> {
  for (const each of history.operations) {
    for (const what of ['poll', 'send'] as const) {
      for (const messages of (what === 'poll' ? each.polls : each.sends).values()) {
        for (let i = 1; i < messages.length; i++) {
          const [from, to] = [messages[i - 1], messages[i]];
          if (from === undefined || to === undefined) continue;
          yield* step(history, { at: from, by: each }, { at: to, by: each }, what);
        }
      }
    }
  }
}

/** Nothing if the second message comes right after the first, or nobody knows. */
function* step(
  history: LogHistory,
  from: Position,
  to: Position,
  what: 'poll' | 'send',
): Generator<LogError> {
  const delta = distance(history, from.at, to.at);
  if (delta === 1) return;
  const isInternal = from.by === to.by;
  const { key } = to.at;
  const values = [from.at.value, to.at.value];
  const [before, after] = values.map(show);
  const did = what === 'poll' ? 'polled' : 'sent';
  const story = isInternal
    ? `${numberOf(to.by)} ${did} ${before} and then ${after} ${what === 'poll' ? 'from' : 'to'} ${key}`
    : `${numberOf(from.by)} had ${did} ${before} when ${numberOf(to.by)} of the same process ${did} ${after} ${what === 'poll' ? 'from' : 'to'} ${key}`;
  const operations = isInternal ? [to.by] : [from.by, to.by];
  const prefix = isInternal ? 'int-' : '';
  if (delta < 1) {
    const where = delta === 0 ? 'which is the same' : 'which stands before it';
    yield {
      name: `${prefix}nonmonotonic-${what}`,
      key,
      operations,
      sentence: () => `${story}, ${where}`,
      facts: () => ({ values, delta }),
    };
    return;
  }
  yield {
    name: `${prefix}${what}-skip`,
    key,
    operations,
    sentence: () => `${story}; between them stands ${showSome(between(history, from.at, to.at))}`,
    facts: () => ({ values, delta, skipped: between(history, from.at, to.at) }),
  };
}
