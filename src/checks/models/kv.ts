/**
 * A store of one value per key: `get`, `put`, `cas`, `append` and `delete`. A key without a value
 * reads as null. `cas` has input `[from, to]`, its output ignored unless it is `false`: refused.
 * `append` adds text to text, and an element to a list; to a key without a value it gives that.
 * `read` and `write` are read as `get` and `put`, as in Maelstrom's `lin-kv`.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from '../search/call.ts';
import { plainText } from './plain-text.ts';
import { type Register, type RegisterOptions, registerModel } from './register.ts';

/** A store with these conventions. */
export function kvModel(options: RegisterOptions = {}): SearchModel<Register> {
  const register = registerModel(options);
  return {
    ...register,
    name: 'kv',
    summary: 'get, put, cas, append and delete of one value per key',
    operations: ['get', 'read', 'put', 'write', 'cas', 'append', 'delete'],
    step(state, f, input, output) {
      if (f === 'append') return { value: appended(state.value, input) };
      return register.step(state, nameOf(f), f === 'delete' ? null : input, output);
    },
    describe(f, input, output) {
      if (f === 'delete') return 'delete';
      if (f === 'append') return `append ${plainText(input)}`;
      const text = register.describe(nameOf(f), input, output);
      return f === 'get' || f === 'put' ? text.replace(/^(read|write)/, f) : text;
    },
    couldBeWrong: (f) => nameOf(f) !== 'write' && f !== 'append',
    readOnly: (f, input, output) => register.readOnly?.(nameOf(f), input, output) ?? false,
    effect(f, input, output) {
      if (f === 'append') return null;
      return register.effect?.(nameOf(f), f === 'delete' ? null : input, output) ?? null;
    },
    reduce: (calls) => reduce(calls, register),
  };
}

export const kv: SearchModel<Register> = kvModel();

/** What the register calls it. */
function nameOf(f: string): string {
  if (f === 'get') return 'read';
  return f === 'put' || f === 'delete' ? 'write' : f;
}

function appended(value: Plain, input: Plain): Plain {
  if (Array.isArray(value)) return [...value, input];
  return value === null ? input : `${plainText(value)}${plainText(input)}`;
}

/** Without appends it is a register. */
function reduce(calls: readonly Call[], register: SearchModel<Register>): Reduced<Register> {
  if (calls.some(({ f }) => f === 'append')) return { calls };
  const asRegister = calls.map((call) => {
    const { f, input } = call;
    return { ...call, f: nameOf(f), input: f === 'delete' ? null : input };
  });
  return register.reduce?.(asRegister) ?? { calls: asRegister };
}
