/**
 * How far consumers are behind: messages that nobody has seen yet, and for how long what a poll saw
 * last had not been the newest.
 */
import { compareNumbers, greater, type Numeric, plus } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { ValueKey } from '../findings/values.ts';
import type { LogHistory, LogOperation, Message } from './log-history.ts';

/**
 * Walks the answered operations by completion and reports after each how many acknowledged messages
 * of each log nobody has polled. The map is the same every time.
 */
export function followUnseen(
  { operations }: LogHistory,
  tell: (operation: Operation, unseen: ReadonlyMap<string, number>, total: number) => void,
): void {
  const polled = new Set<string>();
  const waiting = new Set<string>();
  const counts = new Map<string, number>();
  const change = (key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by);
  for (const each of byCompletion(operations, ['ok'])) {
    for (const [key, messages] of each.sends) {
      change(key, 0);
      for (const message of messages) {
        const name = nameOf(message);
        if (polled.has(name) || waiting.has(name)) continue;
        waiting.add(name);
        change(key, 1);
      }
    }
    for (const [key, messages] of each.polls) {
      for (const message of messages) {
        const name = nameOf(message);
        polled.add(name);
        if (waiting.delete(name)) change(key, -1);
      }
    }
    if (each.assigned === null) tell(each.operation, counts, waiting.size);
  }
}

function nameOf({ key, id }: Message): string {
  return `${key}\u0000${typeof id} ${String(id satisfies ValueKey)}`;
}

export interface Lag {
  readonly poll: Operation;
  readonly key: string;
  /**
   * From when a newer message is known to have been there until the poll was invoked; 0 if there is
   * none. At least so old was what the process had of the log.
   */
  readonly lagUs: number;
}

/** The lags of all answered polls, in every log that the process is assigned or has polled. */
export function* realtimeLags({ operations }: LogHistory): Generator<Lag> {
  const expiries = expiriesOf(operations);
  const processes = new Map<number, Map<string, Numeric>>();
  for (const each of byCompletion(operations, ['ok'])) {
    const { operation, assigned } = each;
    const { process, f } = operation;
    const before = processes.get(process) ?? new Map<string, Numeric>();
    if (assigned !== null) {
      // What a subscription brings is known when it comes.
      const keys = f === 'assign' ? [...assigned] : [];
      processes.set(process, new Map(keys.map((key) => [key, before.get(key) ?? -1])));
      continue;
    }
    if (f !== 'poll' && f !== 'txn') continue;
    for (const [key, offset] of highestOffsets(each)) {
      before.set(key, greater(before.get(key) ?? -1, offset));
    }
    processes.set(process, before);
    for (const [key, offset] of before) {
      const expiredAtUs = expiries.get(key)?.ofOffset(plus(offset, 1)) ?? Infinity;
      yield { poll: operation, key, lagUs: Math.max(0, operation.invokedAtUs - expiredAtUs) };
    }
  }
}

/** Of one log: from when its length is known to have been at least so much. */
class Expiries {
  readonly #offsets: Numeric[] = [];
  readonly #moments: number[] = [];

  /** Moments must not decrease. */
  note(offset: Numeric, atUs: number): void {
    if (compareNumbers(offset, this.#offsets.at(-1) ?? -1) <= 0) return;
    this.#offsets.push(offset);
    this.#moments.push(atUs);
  }

  /** When this offset, or a later one, was first known. */
  ofOffset(offset: Numeric): number {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareNumbers(this.#offsets[middle] ?? Infinity, offset) < 0) low = middle + 1;
      else high = middle;
    }
    return this.#moments[low] ?? Infinity;
  }
}

function expiriesOf(operations: readonly LogOperation[]): ReadonlyMap<string, Expiries> {
  const expiries = new Map<string, Expiries>();
  for (const each of byCompletion(operations, ['ok', 'info'])) {
    for (const [key, offset] of highestOffsets(each)) {
      let expiry = expiries.get(key);
      if (expiry === undefined) {
        expiry = new Expiries();
        expiries.set(key, expiry);
      }
      expiry.note(offset, each.operation.endedAtUs);
    }
  }
  return expiries;
}

/** By log: the highest offset that it sent to or polled; -1 for a poll that gave nothing. */
function highestOffsets({ sends, polls }: LogOperation): ReadonlyMap<string, Numeric> {
  const highest = new Map<string, Numeric>();
  for (const [key, messages] of polls) highest.set(key, highestOf(messages));
  for (const [key, messages] of sends) {
    const offset = highestOf(messages);
    if (compareNumbers(offset, 0) >= 0) highest.set(key, greater(highest.get(key) ?? -1, offset));
  }
  return highest;
}

function highestOf(messages: readonly Message[]): Numeric {
  return messages.reduce<Numeric>((highest, { offset }) => greater(highest, offset ?? -1), -1);
}

function byCompletion(
  operations: readonly LogOperation[],
  outcomes: readonly string[],
): readonly LogOperation[] {
  return operations
    .filter(({ operation }) => outcomes.includes(operation.outcome))
    .filter(({ operation }) => operation.endedAtUs !== Infinity)
    .sort(({ operation: a }, { operation: b }) => a.endedAtUs - b.endedAtUs || a.index - b.index);
}
