/**
 * Transactions as columns: what a history of transactions says, read once into typed arrays.
 *
 * A transaction is an operation whose `input` is a list of micro-operations, `["append", key,
 * value]`, `["w", key, value]` or `["r", key, null]`, and whose `output` is the same list with the
 * reads filled in. `fail` is an aborted transaction; `info` may or may not have committed, and what
 * it read is unknown.
 */
import { jsonText } from '../../sim/exact-number.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { identityOf } from '../search/identity.ts';

/** What a micro-operation does. */
export const READ = 0;
export const WRITE = 1;

/** How a transaction ended. */
export const COMMITTED = 0;
export const ABORTED = 1;
export const UNKNOWN = 2;

/** A read whose result nobody saw. */
export const UNSEEN: unique symbol = Symbol('unseen');

/** What a read returned or a write wrote. */
export type Value = Plain | typeof UNSEEN;

/** How to read micro-operations. */
export interface MicroOpForm {
  /** `append` or `w`: the names of writing. */
  readonly writes: readonly string[];
  /** Why a read cannot have returned this, or null. */
  readonly refuse: (value: Plain) => string | null;
}

/** A history that cannot be judged, and why. */
export class Unreadable extends Error {}

const READS: readonly string[] = ['r', 'read'];

export class Transactions {
  /** The operations, by transaction. */
  readonly operations: readonly Operation[];
  readonly count: number;
  readonly status: Uint8Array;
  /** Micro-operations of transaction `t` are `start[t]` until `start[t + 1]`. */
  readonly start: Int32Array;
  /** Of micro-operations: the transaction, what it does, on which key, with what value. */
  readonly transaction: Int32Array;
  readonly does: Uint8Array;
  readonly key: Int32Array;
  readonly value: readonly Value[];
  /** Keys as they were written, by number. */
  readonly keys: readonly Plain[];

  /** Throws Unreadable if an operation is no transaction. */
  constructor(history: History, form: MicroOpForm) {
    this.operations = history;
    this.count = history.length;
    this.status = new Uint8Array(this.count);
    this.start = new Int32Array(this.count + 1);
    let size = 0;
    for (const { input } of history) size += Array.isArray(input) ? input.length : 0;
    this.transaction = new Int32Array(size);
    this.does = new Uint8Array(size);
    this.key = new Int32Array(size);
    const values: Value[] = [];
    const keys: Plain[] = [];
    const numbers = new Map<string | number, number>();
    for (const [t, operation] of history.entries()) {
      this.status[t] = statusOf(operation);
      this.start[t] = values.length;
      const { steps, seen } = stepsOf(operation);
      for (const step of steps) {
        const at = values.length;
        const { does, key, value } = readStep(step, seen, form, operation);
        const identity = identityOf(key);
        let number = numbers.get(identity);
        if (number === undefined) {
          number = keys.length;
          numbers.set(identity, number);
          keys.push(key);
        }
        this.transaction[at] = t;
        this.does[at] = does;
        this.key[at] = number;
        values.push(value);
      }
    }
    this.start[this.count] = values.length;
    this.value = values;
    this.keys = keys;
  }

  get size(): number {
    return this.value.length;
  }
}

function statusOf({ outcome }: Operation): number {
  return outcome === 'ok' ? COMMITTED : outcome === 'fail' ? ABORTED : UNKNOWN;
}

/** The micro-operations of an operation, and whether its reads were seen. */
function stepsOf(operation: Operation): { steps: readonly Plain[]; seen: boolean } {
  const { input, output, outcome } = operation;
  if (!Array.isArray(input)) throw unreadable(operation, input, 'is no list of micro-operations');
  if (outcome !== 'ok' || output === null) return { steps: input, seen: false };
  if (!Array.isArray(output)) {
    throw unreadable(operation, output, 'is no list of micro-operations');
  }
  if (output.length !== input.length) {
    throw unreadable(operation, output, 'has not as many micro-operations as were asked');
  }
  return { steps: output, seen: true };
}

function readStep(
  step: Plain,
  seen: boolean,
  form: MicroOpForm,
  operation: Operation,
): { does: number; key: Plain; value: Value } {
  if (!Array.isArray(step) || step.length < 2 || step.length > 3) {
    throw unreadable(operation, step, 'is no micro-operation');
  }
  const f = step[0] as Plain;
  const key = step[1] as Plain;
  const value = (step[2] as Plain | undefined) ?? null;
  if (typeof f === 'string' && READS.includes(f)) {
    const refused = seen ? form.refuse(value) : null;
    if (refused !== null) throw unreadable(operation, step, refused);
    return { does: READ, key, value: seen ? value : UNSEEN };
  }
  if (typeof f === 'string' && form.writes.includes(f)) return { does: WRITE, key, value };
  throw unreadable(operation, step, `is neither r nor ${form.writes[0] ?? ''}`);
}

function unreadable({ index }: Operation, what: Plain, why: string): Unreadable {
  const text = jsonText(what);
  return new Unreadable(`#${index}: ${text.length > 60 ? `${text.slice(0, 57)}...` : text} ${why}`);
}
