/**
 * Several registers that one operation reads and writes at once, as Knossos's multi-register: `txn`
 * with a list of micro-operations `[f, register, value]`, where f is `r` (or `read`) or `w` (or
 * `write`); `read` with the registers asked for as input (null: all) and a map of their values as
 * output; `write` with a map of values as input. In a completed `txn` the reads have their values.
 * A map may be given as a list of pairs. A register that was never written reads as null.
 */
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { canonicalText, samePlain } from '../search/identity.ts';
import { precedes, type Scene, type Story } from '../search/scene.ts';
import { plainText } from './plain-text.ts';

export interface MultiRegisterOptions {
  /** What registers hold at first, by name; the others null. A value that is no map is for all. */
  readonly initial?: Plain;
}

/** Values by register, in the order of their names; those that are as at first are left out. */
export type Registers = ReadonlyMap<string, Plain>;

/** One read or write of one register. */
interface MicroOperation {
  readonly write: boolean;
  readonly register: string;
  /** Undefined for a read that nobody saw. */
  readonly value: Plain | undefined;
}

/** Registers with these conventions. */
export function multiRegisterModel(options: MultiRegisterOptions = {}): SearchModel<Registers> {
  const initial = options.initial ?? null;
  const byName = entriesOf(initial);
  const first = (register: string): Plain =>
    byName === null ? initial : (byName.find(([name]) => name === register)?.[1] ?? null);
  return {
    name: 'multi-register',
    summary: 'reads and writes of several registers at once',
    operations: ['read', 'write', 'txn'],
    byKey: false,
    inputOf: ({ f, key, input }) => (key === null ? input : keyed(f, key, input)),
    partsOf(f, input, output) {
      const parts = microOperations(f, input, output)?.map(({ register }) => register) ?? [];
      // A read of all registers, whose answer nobody saw, touches nothing that could be told.
      return [...new Set(parts)];
    },
    init: () => new Map(),
    step: (state, f, input, output) => step(state, microOperations(f, input, output), first),
    identify: (state) =>
      JSON.stringify([...state].map(([name, value]) => [name, canonicalText(value)])),
    describe,
    readOnly: (f, input, output) =>
      (microOperations(f, input, output) ?? []).every(({ write }) => !write),
    story: (scene) => story(scene, first),
  };
}

export const multiRegister: SearchModel<Registers> = multiRegisterModel();

/** An operation on a key alone, in the form of one on several. */
function keyed(f: string, key: string, input: Plain): Plain {
  if (f === 'read') return [key];
  return f === 'write' ? { [key]: input } : input;
}

function step(
  state: Registers,
  operations: readonly MicroOperation[] | null,
  first: (register: string) => Plain,
): Registers | null {
  if (operations === null) return null;
  let next = state;
  for (const { write, register, value } of operations) {
    const held = next.has(register) ? (next.get(register) ?? null) : first(register);
    if (write) next = withValue(next, register, value ?? null, first(register));
    else if (value !== undefined && !samePlain(held, value)) return null;
  }
  return next;
}

function withValue(state: Registers, register: string, value: Plain, first: Plain): Registers {
  const next = new Map(state);
  next.delete(register);
  if (samePlain(value, first)) return next;
  next.set(register, value);
  return new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The reads and writes of an operation, in their order; null if it is none. */
function microOperations(
  f: string,
  input: Plain,
  output: Plain | undefined,
): readonly MicroOperation[] | null {
  if (f === 'write') {
    return entriesOf(input)?.map(([register, value]) => ({ write: true, register, value })) ?? null;
  }
  if (f === 'read') {
    if (output === undefined) {
      const asked = Array.isArray(input) ? input.map(nameOf) : [];
      return asked.map((register) => ({ write: false, register, value: undefined }));
    }
    const one = Array.isArray(input) && input.length === 1 ? input[0] : undefined;
    const read = entriesOf(output) ?? (one === undefined ? null : [[nameOf(one), output] as const]);
    return read?.map(([register, value]) => ({ write: false, register, value })) ?? null;
  }
  const list = Array.isArray(output) ? output : Array.isArray(input) ? input : null;
  if (f !== 'txn' || list === null) return null;
  const seen = Array.isArray(output);
  const operations: MicroOperation[] = [];
  for (const micro of list) {
    if (!Array.isArray(micro)) return null;
    const write = micro[0] === 'w' || micro[0] === 'write';
    const value = micro[2] ?? null;
    operations.push({
      write,
      register: nameOf(micro[1] ?? null),
      value: write || seen ? value : undefined,
    });
  }
  return operations;
}

function nameOf(register: Plain): string {
  return plainText(register);
}

/** The entries of a map, or of a list of pairs; null for all else. */
function entriesOf(value: Plain): readonly (readonly [string, Plain])[] | null {
  if (value === null || typeof value !== 'object') return null;
  if (!Array.isArray(value)) return Object.entries(value);
  const pairs = value.filter((pair) => Array.isArray(pair)).map((pair) => pair as readonly Plain[]);
  if (pairs.length < value.length || pairs.some(({ length }) => length !== 2)) return null;
  return pairs.map(([name, held]) => [nameOf(name ?? null), held ?? null] as const);
}

function describe(f: string, input: Plain, output: Plain | undefined): string {
  const operations = microOperations(f, input, output);
  if (operations === null) return `${f} ${plainText(input)}`;
  const texts = operations.map(({ write, register, value }) => {
    if (write) return `${register}←${plainText(value ?? null)}`;
    return value === undefined ? register : `${register}=${plainText(value)}`;
  });
  return texts.length === 0 ? f : `${f} ${texts.join(' ')}`;
}

/** The last call read a value that nobody wrote, or one that was overwritten before it began. */
function story(scene: Scene, first: (register: string) => Plain): Story | null {
  const { last } = scene;
  const own = new Set<string>();
  for (const { write, register, value } of operationsOf(last)) {
    if (write) own.add(register);
    if (write || value === undefined || own.has(register)) continue;
    const writers = scene.prefix.filter(
      (actor) => actor !== last && writes(actor, register) !== undefined,
    );
    const sources = writers.filter((actor) => samePlain(writes(actor, register) ?? null, value));
    const atFirst = samePlain(first(register), value);
    const text = `${register}=${plainText(value)}`;
    if (sources.length === 0 && !atFirst) {
      return {
        kind: 'value from nowhere',
        text: `${scene.name(last)}: nobody had written ${text}`,
        reasons: [`${scene.ran(last)}.`, `No operation before its end wrote ${text}.`],
        also: [],
      };
    }
    const newer = scene.prefix.findLast((actor) => {
      const set = writes(actor, register);
      if (set === undefined || samePlain(set, value) || !precedes(actor, last)) return false;
      return sources.every((source) => precedes(source, actor));
    });
    if (newer === undefined) continue;
    return {
      kind: 'stale read',
      text: `${scene.name(last)} after ${scene.name(newer)} was acknowledged`,
      reasons: [
        `${scene.name(newer)} was acknowledged at ${scene.at(newer.call.completedAtUs)}.`,
        `${scene.ran(last)}: all of it later, yet ${text} is older.`,
      ],
      also: [newer, ...sources.slice(-1)],
    };
  }
  return null;
}

function operationsOf({
  call,
}: {
  readonly call: Scene['last']['call'];
}): readonly MicroOperation[] {
  return microOperations(call.f, call.input, call.output) ?? [];
}

/** What the operation leaves in the register, if it writes it. */
function writes(actor: Scene['last'], register: string): Plain | undefined {
  return operationsOf(actor).findLast((micro) => micro.write && micro.register === register)?.value;
}
