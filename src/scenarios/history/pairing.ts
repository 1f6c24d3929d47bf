/**
 * Events made into operations: each invocation with the completion of its process.
 *
 * A completion without an invocation is an operation of its own, of no duration, whose input is its
 * value too. An invocation without a completion may have happened (`info`). Operations are numbered
 * in the order of invocation.
 */
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { canonicalText } from '../text/canonical.ts';
import { quote } from '../text/diagnostic.ts';
import { type HistoryEvent, KeyNames } from './event.ts';
import type { EventSink } from './event-sink.ts';
import { type Moments, mergedByTime, momentsOf, type TimeOrder } from './times.ts';

/** Lines from 1; `completed` null where the operation never ended. */
export interface OperationLines {
  readonly invoked: number;
  readonly completed: number | null;
}

export interface Paired {
  readonly history: History;
  /** By index of the operation. */
  readonly lines: readonly OperationLines[];
  readonly order: TimeOrder;
  /** Completions without an invocation. */
  readonly bare: number;
  /** Events that name no process. */
  readonly unnamed: number;
  /** Operations whose process went on although nobody knows how they ended. */
  readonly continued: number;
}

/** The name of a load that every operation of a file belongs to. */
const LOAD = 'file';

interface Pair {
  readonly invoke: HistoryEvent;
  readonly invokedAt: number;
  /** Equal to `invoke` of a bare completion. */
  readonly done: HistoryEvent | null;
  readonly doneAt: number;
}

/** Pairs the events in the sink; complains there of those that do not pair. */
export function pairEvents(written: readonly HistoryEvent[], sink: EventSink): Paired {
  const merged = mergedByTime(written);
  const events = merged ?? written;
  const pairs = new Pairing(events, sink);
  const moments = momentsOf(events);
  const processes = new ProcessNumbers(events);
  const keys = new KeyNames();
  const sorted = pairs.all.sort((a, b) => a.invokedAt - b.invokedAt);
  return {
    history: sorted.map((pair, index) => operationOf(pair, index, moments, processes, keys)),
    lines: sorted.map(({ invoke, done }) => ({
      invoked: sink.lineAt(invoke.from),
      completed: done === null ? null : sink.lineAt(done.from),
    })),
    order: merged !== null && moments.order === 'times' ? 'clients' : moments.order,
    bare: pairs.bare,
    unnamed: events.filter(({ process }) => process === null).length,
    continued: pairs.continued,
  };
}

class Pairing {
  readonly all: Pair[] = [];
  bare = 0;
  continued = 0;
  readonly #open = new Map<number | string, { event: HistoryEvent; at: number }>();
  readonly #lost = new Set<number | string>();
  /** Invocations whose process nobody wrote down. */
  readonly #unnamed: { event: HistoryEvent; at: number }[] = [];
  readonly #sink: EventSink;

  constructor(events: readonly HistoryEvent[], sink: EventSink) {
    this.#sink = sink;
    events.forEach((event, at) => {
      this.#add(event, at);
    });
    for (const { event, at } of [...this.#open.values(), ...this.#unnamed]) {
      this.#close(event, at, null, Infinity);
    }
  }

  #add(event: HistoryEvent, at: number): void {
    const { process, type } = event;
    if (process === null) return this.#addUnnamed(event, at);
    if (this.#lost.delete(process)) this.continued++;
    const open = this.#open.get(process);
    if (type === 'invoke') {
      if (open !== undefined) this.#twice(event, open.event);
      this.#open.set(process, { event, at });
      return;
    }
    if (type === 'info') this.#lost.add(process);
    if (open === undefined) {
      this.bare++;
      this.#close(event, at, event, at);
      return;
    }
    this.#open.delete(process);
    if (open.event.f !== event.f) this.#other(event, open.event);
    else if (differ(open.event.key, event.key)) this.#otherKey(event, open.event);
    else this.#close(open.event, open.at, event, at);
  }

  /** Pairs by what was done: the same operation and value, else the same operation. */
  #addUnnamed(event: HistoryEvent, at: number): void {
    if (event.type === 'invoke') {
      this.#unnamed.push({ event, at });
      return;
    }
    const alike = this.#unnamed.filter(({ event: { f } }) => f === event.f);
    const value = canonicalText(event.value);
    const open = alike.find((each) => canonicalText(each.event.value) === value) ?? alike[0];
    if (open === undefined) {
      this.bare++;
      this.#close(event, at, event, at);
      return;
    }
    this.#unnamed.splice(this.#unnamed.indexOf(open), 1);
    this.#close(open.event, open.at, event, at);
  }

  #close(invoke: HistoryEvent, invokedAt: number, done: HistoryEvent | null, doneAt: number): void {
    this.all.push({ invoke, invokedAt, done, doneAt });
  }

  #twice(event: HistoryEvent, open: HistoryEvent): void {
    const since = `its ${quote(open.f)} of line ${this.#sink.lineAt(open.from)} has not ended`;
    this.#sink.complain('DS172', event.from, event.to, `${called(event)} invokes twice at once`, {
      label: since,
      help: [
        'a process does one thing at a time: end that one with ok, fail or info, or give this one another process',
      ],
    });
  }

  #otherKey(event: HistoryEvent, open: HistoryEvent): void {
    const keyOf = ({ key }: HistoryEvent) => quote(canonicalText(key ?? null));
    const since = `it invoked it on ${keyOf(open)} in line ${this.#sink.lineAt(open.from)}`;
    const message = `${called(event)} ends ${quote(event.f)} on another key, ${keyOf(event)}`;
    this.#sink.complain('DS172', event.from, event.to, message, { label: since });
  }

  #other(event: HistoryEvent, open: HistoryEvent): void {
    const since = `it invoked ${quote(open.f)} in line ${this.#sink.lineAt(open.from)}`;
    const message = `${called(event)} ends ${quote(event.f)}, which it had not begun`;
    this.#sink.complain('DS172', event.from, event.to, message, { label: since });
  }
}

function differ(a: Plain | undefined, b: Plain | undefined): boolean {
  return a !== undefined && b !== undefined && canonicalText(a) !== canonicalText(b);
}

function called({ process }: HistoryEvent): string {
  return `process ${typeof process === 'string' ? quote(process) : process}`;
}

function operationOf(
  { invoke, invokedAt, done, doneAt }: Pair,
  index: number,
  { atUs }: Moments,
  processes: ProcessNumbers,
  keys: KeyNames,
): Operation {
  const outcome = done === null || done.type === 'invoke' ? 'info' : done.type;
  const key = invoke.key ?? done?.key;
  const endedAtUs = done === null ? Infinity : (atUs[doneAt] ?? Infinity);
  return {
    index,
    process: processes.numberOf(invoke.process),
    client: clientOf(invoke.process),
    node: null,
    load: LOAD,
    f: invoke.f,
    key: key === undefined ? null : keys.nameOf(key),
    input: invoke.value,
    invokedAtUs: atUs[invokedAt] ?? 0,
    outcome,
    output: done === null ? null : done.value,
    error: done?.error ?? null,
    completedAtUs: outcome === 'info' ? Infinity : endedAtUs,
    endedAtUs,
    ...(invoke.isFinal || done?.isFinal === true ? { isFinal: true as const } : {}),
  };
}

function clientOf(process: HistoryEvent['process']): string {
  if (process === null) return 'somebody';
  return typeof process === 'number' ? `process ${process}` : process;
}

/** Numbers keep theirs; names get those after them, in the order in which they appear. */
class ProcessNumbers {
  readonly #numbers = new Map<string, number>();
  #next: number;

  constructor(events: readonly HistoryEvent[]) {
    let next = 0;
    for (const { process } of events) {
      if (typeof process === 'number') next = Math.max(next, process + 1);
    }
    for (const { process } of events) {
      if (typeof process === 'string' && !this.#numbers.has(process)) {
        this.#numbers.set(process, next++);
      }
    }
    this.#next = next;
  }

  /** An operation of nobody is a process of its own: nothing is known of its order. */
  numberOf(process: HistoryEvent['process']): number {
    if (process === null) return this.#next++;
    return typeof process === 'number' ? process : (this.#numbers.get(process) ?? 0);
  }
}

/** Whether values are pairs of a key and a value of a register, though nothing says so. */
export function looksKeyed(events: readonly HistoryEvent[]): boolean {
  let reads = 0;
  for (const { f, type, key, value } of events) {
    if (key !== undefined) return false;
    if (!isPair(value)) {
      if (type === 'fail' || type === 'info') continue;
      return false;
    }
    if (f === 'read') {
      if (type === 'invoke' && value[1] !== null) return false;
      reads++;
    } else if (f === 'cas') {
      if (!isPair(value[1])) return false;
    } else if (f !== 'write') return false;
  }
  return reads > 0;
}

/** The events with the pair in `value` taken apart; complains of those that have none. */
export function keyed(events: readonly HistoryEvent[], sink: EventSink): HistoryEvent[] {
  return events.map((event) => {
    const { key, type, value } = event;
    if (key !== undefined) return event;
    // An error may stand in the place of the value; the invocation has the key.
    if (!isPair(value) && (type === 'fail' || type === 'info')) return event;
    if (isPair(value)) return { ...event, key: value[0], value: value[1] };
    sink.complain('DS173', event.from, event.to, 'the value is no pair of a key and a value', {
      label: 'expected [key, value] under `--keyed`',
    });
    return event;
  });
}

function isPair(value: Plain): value is readonly [Plain, Plain] {
  return Array.isArray(value) && value.length === 2;
}
