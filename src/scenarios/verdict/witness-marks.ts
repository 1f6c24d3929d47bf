/**
 * Which messages carry what the witness operations asked, wrote and read: of all that came before a
 * violation, those are what a reader wants to see first.
 */
import type { TraceEvent } from '../../sim/trace.ts';

/** What witness operations are about: their keys, and the values that they wrote or read. */
export interface WitnessSubject {
  readonly keys: ReadonlySet<string>;
  readonly values: ReadonlySet<string | number>;
}

/**
 * 2: the message carries a witness's request, or its key with one of its values. 1: its key. 0:
 * neither.
 */
export type Mark = 0 | 1 | 2;

/** An operation that shows a violation, as far as this file reads it. */
interface Witness {
  readonly key: string | null;
  readonly input: unknown;
  readonly output: unknown;
}

/** Lists that an operation read can be long; the first values are enough to find their way. */
const VALUES_MAX = 64;

/** `key` is that of the whole check, which operations need not repeat. */
export function subjectOf(witnesses: readonly Witness[], key: string | null): WitnessSubject {
  const keys = witnesses.flatMap((witness) => witness.key ?? []);
  const values = new Set<string | number>();
  for (const { input, output } of witnesses) {
    for (const value of scalarsOf([input, output])) {
      if (values.size < VALUES_MAX) values.add(value);
    }
  }
  const named = new Set(key === null ? keys : [key, ...keys]);
  for (const each of named) values.delete(each);
  return { keys: named, values };
}

/** Texts and numbers inside plain data; names of fields are none. */
function* scalarsOf(data: unknown): Generator<string | number> {
  if (typeof data === 'string' || typeof data === 'number') yield data;
  else if (typeof data === 'object' && data !== null) {
    for (const value of Object.values(data)) yield* scalarsOf(value);
  }
}

/** Marks messages as a run goes on, in the order of its events. */
export class WitnessMarks {
  readonly #subject: WitnessSubject;
  readonly #operations: readonly number[];
  /** Clients with a witness operation that is open now. */
  readonly #open = new Map<string, number>();
  /** Requests that the witnesses made, by session and serial: every hop repeats the two. */
  readonly #requests = new Set<string>();

  constructor(operations: readonly number[], subject: WitnessSubject) {
    this.#operations = operations;
    this.#subject = subject;
  }

  /** Of a message that is sent, arrives or is lost; 0 for all other events. */
  of(event: TraceEvent): Mark {
    switch (event.type) {
      case 'invoke':
        if (this.#operations.includes(event.operation)) this.#count(event.node, 1);
        return 0;
      case 'ok':
      case 'fail':
      case 'info':
        if (this.#operations.includes(event.operation)) this.#count(event.node, -1);
        return 0;
      case 'send': {
        const request = requestIn(event.message);
        if (request !== null && (this.#open.get(event.from) ?? 0) > 0) this.#requests.add(request);
        return 0;
      }
      case 'deliver':
      case 'drop':
        return this.#markOf(event.message);
      default:
        return 0;
    }
  }

  #count(node: string, more: number): void {
    this.#open.set(node, (this.#open.get(node) ?? 0) + more);
  }

  #markOf(message: unknown): Mark {
    const { keys, values } = this.#subject;
    const seen = { key: keys.size === 0, value: false };
    if (this.#carriesRequest(message, seen)) return 2;
    if (seen.key && seen.value) return 2;
    return seen.key && keys.size > 0 && values.size > 0 ? 1 : 0;
  }

  /** Whether a request of a witness is somewhere inside; tells what else is seen on the way. */
  #carriesRequest(data: unknown, seen: { key: boolean; value: boolean }): boolean {
    if (typeof data === 'string' || typeof data === 'number') {
      seen.key ||= this.#subject.keys.has(String(data));
      seen.value ||= this.#subject.values.has(data);
      return false;
    }
    if (typeof data !== 'object' || data === null) return false;
    const request = requestIn(data);
    if (request !== null && this.#requests.has(request)) return true;
    for (const [field, value] of Object.entries(data)) {
      // A register's copy may be a map from keys to values.
      seen.key ||= this.#subject.keys.has(field);
      if (this.#carriesRequest(value, seen)) return true;
    }
    return false;
  }
}

/** What tells a request from all others, on every hop. */
function requestIn(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const { session, serial } = data as { readonly session?: unknown; readonly serial?: unknown };
  return typeof session === 'string' && typeof serial === 'number' ? `${session} ${serial}` : null;
}
