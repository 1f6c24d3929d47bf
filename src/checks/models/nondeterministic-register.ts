/**
 * A register that may keep any part of what is written, as in Porcupine's tests: `put-any` replaces
 * what it holds by some subset of the input, `get-any` answers some of the values that it holds,
 * `get-all` all of them. Each key is a register of its own.
 *
 * Which subset was kept shows only in later answers, so the state is all that it may hold.
 */
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { keyOf, sorted } from './elements.ts';
import { plainText } from './plain-text.ts';

/**
 * The values of the last `put-any`, and what answers since then have told: those certainly kept,
 * and whether they are all. Any subset between is possible.
 */
export interface Kept {
  readonly put: readonly string[];
  readonly certain: readonly string[];
  readonly all: boolean;
}

export const nondeterministicRegister: SearchModel<Kept> = {
  name: 'nondeterministic-register',
  summary: 'put-any keeps some of the values, get-any reads some, get-all all',
  operations: ['put-any', 'get-any', 'get-all'],
  byKey: true,
  init: () => ({ put: [], certain: [], all: true }),
  step(state, f, input, output) {
    if (f === 'put-any') {
      const put = keysOf(input);
      return put === null ? null : { put, certain: [], all: put.length === 0 };
    }
    if (f !== 'get-any' && f !== 'get-all') return null;
    if (output === undefined) return state;
    const read = keysOf(output);
    return read === null ? null : narrowed(state, read, f === 'get-all');
  },
  identify: ({ put, certain, all }) => JSON.stringify(all ? certain : [put, certain]),
  describe: (f, input, output) => {
    if (f === 'put-any') return `put-any ${plainText(input)}`;
    return output === undefined ? f : `${f} → ${plainText(output)}`;
  },
  // An answer narrows what it may hold: only one that nobody saw leaves the state alone for sure.
  readOnly: (f, _input, output) => f !== 'put-any' && output === undefined,
};

/** What it may hold once these were read from it; null if it cannot have been. */
function narrowed(state: Kept, read: readonly string[], all: boolean): Kept | null {
  const possible = new Set(state.all ? state.certain : state.put);
  if (!read.every((key) => possible.has(key))) return null;
  if (!all) {
    const certain = sorted([...state.certain, ...read]);
    return { ...state, certain, all: state.all || certain.length === state.put.length };
  }
  // All were read: so nothing that was certain may be missing.
  const held = new Set(read);
  return state.certain.every((key) => held.has(key))
    ? { put: state.put, certain: read, all: true }
    : null;
}

function keysOf(values: Plain): readonly string[] | null {
  if (values === null) return [];
  return Array.isArray(values) ? sorted(values.map(keyOf)) : null;
}
