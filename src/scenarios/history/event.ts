/**
 * One event of a history that was made elsewhere, whatever notation it came in: what a process did
 * or learnt at one moment. The vocabulary is Jepsen's.
 */
import { isExactNumber, isNumeric, type Numeric, numberOf } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import { canonicalText } from '../text/canonical.ts';
import { didYouMean, quote } from '../text/diagnostic.ts';
import { IndependentTuple, keyText } from './edn.ts';

export const eventTypes = ['invoke', 'ok', 'fail', 'info'] as const;
export type EventType = (typeof eventTypes)[number];

export interface HistoryEvent {
  /** Where it stands in the text, as offsets. */
  readonly from: number;
  readonly to: number;
  readonly type: EventType;
  /** Null where nobody wrote down whose it is. */
  readonly process: number | string | null;
  readonly f: string;
  /** Undefined where the event names none. */
  readonly key: Plain | undefined;
  readonly value: Plain;
  /** Nanoseconds; null where the file has no times. */
  readonly time: Numeric | null;
  readonly error: string | null;
  /** `:final? true`, `"final": true`. */
  readonly isFinal: boolean;
}

/** How Python writes down that there is nothing: a process that nobody knows. */
const UNNAMED = 'None';

/** The fields of an event as some notation gave them; absent ones are undefined. */
export interface EventFields {
  get(name: string): Plain | IndependentTuple | undefined;
}

/** Why fields are no event: `name` is the field to point at, if it is there. */
export interface FieldMistake {
  readonly field: string | null;
  readonly message: string;
  readonly expected: string;
  readonly help: string | null;
}

/** The event; `'other'` if it is not a client's; or what is wrong. */
export function eventOf(
  fields: EventFields,
  from: number,
  to: number,
): HistoryEvent | 'other' | FieldMistake {
  const type = fields.get('type');
  if (!isEventType(type)) return wrongType(type);
  const process = processOf(fields.get('process'));
  if (process === null || process === 'nemesis') return 'other';
  if (typeof process !== 'string' && process !== undefined && !Number.isSafeInteger(process)) {
    return mistake('process', 'this is no process', 'a whole number, a name or null');
  }
  const f = nameOf(fields);
  if (typeof f !== 'string' || f === '') {
    const what = f === undefined ? 'it has no `f`' : 'this names no operation';
    return mistake(f === undefined ? null : 'f', what, 'the name of an operation, such as "read"');
  }
  const time = timeOf(fields.get('time'));
  if (time === undefined) return mistake('time', 'this is no time', 'a number of nanoseconds');
  const value = fields.get('value') ?? null;
  const tuple = value instanceof IndependentTuple ? value : null;
  const key = tuple === null ? plainField(fields.get('key')) : tuple.key;
  return {
    from,
    to,
    type,
    process: process === undefined || process === UNNAMED ? null : (process as number | string),
    f,
    key: key ?? undefined,
    value: tuple === null ? (value as Plain) : tuple.value,
    time,
    error: errorText(plainField(fields.get('error'))),
    isFinal: (fields.get('final?') ?? fields.get('final')) === true,
  };
}

/** A list of small operations needs no name to be known as a transaction. */
function nameOf(fields: EventFields): Plain | IndependentTuple | undefined {
  const f = fields.get('f');
  if (f !== undefined && f !== null) return f;
  const value = fields.get('value');
  const parts = Array.isArray(value) ? (value as readonly Plain[]) : [];
  const isTransaction =
    parts.length > 0 && parts.every((part) => Array.isArray(part) && typeof part[0] === 'string');
  return isTransaction ? 'txn' : undefined;
}

function plainField(value: Plain | IndependentTuple | undefined): Plain | undefined {
  return value instanceof IndependentTuple ? [value.key, value.value] : value;
}

function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && (eventTypes as readonly string[]).includes(type);
}

function wrongType(type: unknown): FieldMistake {
  const expected = '"invoke", "ok", "fail" or "info"';
  if (type === undefined) return mistake(null, 'it has no `type`', expected);
  const text = typeof type === 'string' ? quote(type) : 'this';
  const help = typeof type === 'string' ? didYouMean(type, eventTypes) : null;
  return mistake('type', `${text} is no type of event`, expected, help);
}

function mistake(
  field: string | null,
  message: string,
  expected: string,
  help: string | null = null,
): FieldMistake {
  return { field, message, expected, help };
}

/** A long number is a name like any other. */
function processOf(value: Plain | IndependentTuple | undefined): typeof value {
  return isExactNumber(value) ? value.text : value;
}

/** Undefined if it is none. Times of epoch clocks are more than a double holds exactly. */
function timeOf(value: unknown): Numeric | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && /^-?\d{1,30}$/.test(value)) return numberOf(value) ?? undefined;
  return isNumeric(value) ? value : undefined;
}

/** The error of a completion as one text: `timeout`, `["conn-refused","n1"]`. */
function errorText(error: Plain | undefined): string | null {
  if (error === undefined || error === null) return null;
  return typeof error === 'string' ? error : canonicalText(error);
}

/**
 * Names of keys: a text is its own; another key takes its canonical text, in quotes should a text
 * have that name already.
 */
export class KeyNames {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();

  nameOf(key: Plain): string {
    const identity = canonicalText(key);
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const plain = keyText(key);
    const name = this.#taken.has(plain) ? identity : plain;
    this.#names.set(identity, name);
    this.#taken.add(name);
    return name;
  }
}
