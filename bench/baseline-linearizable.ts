/**
 * Frozen. The usual way to check linearizability, for `bench/linearizable.ts` to be measured
 * against: Wing & Gong's search over a linked list of calls and returns, with Lowe's memory of (set
 * of calls done, state), as Porcupine does it: the first call that fits is taken, what was taken
 * last is taken back at the first return that cannot be passed, and the memory is a hash table with
 * full comparison. On typed arrays, with states as numbers; no pruning and no reduction. Keys are
 * checked one after another, with budgets that grow fourfold, so that an easy wrong one need not
 * wait for a hard one.
 */
import type { History, Operation } from '../src/sim/history.ts';
import type { Plain } from '../src/sim/node.ts';

/** The state after a call, or -1; states and calls are numbers. */
type Step = (state: number, call: number) => number;

/** A history of one object: calls by number at their invocation, `~call` at their return. */
interface Entries {
  readonly operations: readonly Operation[];
  readonly events: Int32Array;
}

/** Calls come before returns at the same time; calls that never ended return after all else. */
function entriesOf(operations: readonly Operation[]): Entries {
  const events: { readonly atUs: number; readonly event: number }[] = [];
  for (const [call, { invokedAtUs, completedAtUs }] of operations.entries()) {
    events.push({ atUs: invokedAtUs, event: call }, { atUs: completedAtUs, event: ~call });
  }
  events.sort((a, b) => {
    if (a.atUs !== b.atUs) return a.atUs < b.atUs ? -1 : 1;
    return Math.sign(b.event) - Math.sign(a.event) || a.event - b.event;
  });
  return { operations, events: Int32Array.from(events, ({ event }) => event) };
}

/** Numbers for values, the same for the same. */
class Numbers {
  readonly values: Plain[] = [];
  readonly #numbers = new Map<Plain, number>();

  of(value: Plain): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.values.length;
      this.values.push(value);
      this.#numbers.set(value, number);
    }
    return number;
  }
}

/** A register of plain values with compare-and-set, whose refusals are observations. */
function registerStep(operations: readonly Operation[]): Step {
  const numbers = new Numbers();
  numbers.of(null);
  const rows = operations.map(({ f, input, output, outcome }) => {
    const pair = Array.isArray(input) ? input : [input, null];
    return {
      f,
      first: numbers.of(f === 'read' ? output : (pair[0] ?? null)),
      second: numbers.of(pair[1] ?? null),
      outcome,
    };
  });
  return (state, call) => {
    const { f, first, second, outcome } = rows[call]!;
    if (f === 'read') return outcome === 'info' || first === state ? state : -1;
    if (f === 'write') return first;
    const fits = first === state;
    if (outcome === 'info') return fits ? second : state;
    if (outcome === 'fail') return fits ? -1 : state;
    return fits ? second : -1;
  };
}

/** A string with get, put and append; the results of appends are remembered. */
function stringStep(operations: readonly Operation[]): Step {
  const numbers = new Numbers();
  numbers.of('');
  const value = operations.map(({ f, input, output }) => numbers.of(f === 'get' ? output : input));
  const appended = new Map<number, number>();
  return (state, call) => {
    const { f, input } = operations[call]!;
    if (f === 'get') return value[call] === state ? state : -1;
    if (f === 'put') return value[call]!;
    const at = state * operations.length + call;
    let after = appended.get(at);
    if (after === undefined) {
      after = numbers.of(`${numbers.values[state]}${input}`);
      appended.set(at, after);
    }
    return after;
  };
}

/** Sets of calls with a state each; compared in full. */
class Memory {
  readonly #words: number;
  #size = 0;
  #hashes: Int32Array = new Int32Array(512);
  #states: Int32Array = new Int32Array(512);
  #sets: Int32Array;
  #table = new Int32Array(1024);

  constructor(words: number) {
    this.#words = words;
    this.#sets = new Int32Array(512 * words);
  }

  /** True if it was not known. */
  add(setHash: number, state: number, set: Int32Array): boolean {
    const mixed = Math.imul(setHash ^ Math.imul(state + 1, 0x9e3779b1), 0x85ebca6b);
    const hash = mixed ^ (mixed >>> 15);
    const mask = this.#table.length - 1;
    let place = hash & mask;
    for (; this.#table[place] !== 0; place = (place + 1) & mask) {
      if (this.#same(this.#table[place]! - 1, hash, state, set)) return false;
    }
    if (this.#size === this.#hashes.length) this.#grow();
    this.#hashes[this.#size] = hash;
    this.#states[this.#size] = state;
    const at = this.#size * this.#words;
    for (let w = 0; w < this.#words; w++) this.#sets[at + w] = set[w]!;
    this.#table[place] = ++this.#size;
    if (this.#size * 2 > this.#table.length) this.#rehash();
    return true;
  }

  #same(entry: number, hash: number, state: number, set: Int32Array): boolean {
    if (this.#hashes[entry] !== hash || this.#states[entry] !== state) return false;
    const at = entry * this.#words;
    for (let w = 0; w < this.#words; w++) if (this.#sets[at + w] !== set[w]) return false;
    return true;
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes);
    this.#states = doubled(this.#states);
    this.#sets = doubled(this.#sets);
  }

  #rehash(): void {
    this.#table = new Int32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let place = this.#hashes[entry]! & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = entry + 1;
    }
  }
}

function doubled(array: Int32Array): Int32Array {
  const twice = new Int32Array(2 * array.length);
  twice.set(array);
  return twice;
}

function words(count: number): Int32Array {
  let weyl = 0x9e3779b9;
  return Int32Array.from({ length: count }, () => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let mixed = weyl ^ (weyl >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
}

/** Whether there is an order; undefined after this many steps. */
function search({ operations, events }: Entries, step: Step, budget: number): boolean | undefined {
  const calls = operations.length;
  // Entry i+1 is event i; entry 0 is the head. `match` of a call is its return.
  const end = events.length;
  const next = Int32Array.from({ length: end + 1 }, (_, i) => (i === end ? -1 : i + 1));
  const previous = Int32Array.from({ length: end + 1 }, (_, i) => i - 1);
  const match = new Int32Array(end + 1);
  const callAt = new Int32Array(calls);
  events.forEach((event, i) => {
    if (event >= 0) callAt[event] = i + 1;
    else match[callAt[~event]!] = i + 1;
  });
  const done = new Int32Array((calls + 31) >>> 5);
  const memory = new Memory(done.length);
  const word = words(calls);
  const path = new Int32Array(calls);
  const states = new Int32Array(calls);
  let depth = 0;
  let hash = 0;
  let state = 0;
  let at = next[0]!;
  for (let steps = 0; next[0]! > 0; steps++) {
    if (steps > budget) return undefined;
    const back = match[at]!;
    if (back > 0) {
      const call = events[at - 1]!;
      const after = step(state, call);
      const bit = 1 << (call & 31);
      done[call >>> 5]! |= bit;
      if (after >= 0 && memory.add(hash ^ word[call]!, after, done)) {
        path[depth] = at;
        states[depth++] = state;
        state = after;
        hash ^= word[call]!;
        next[previous[at]!] = next[at]!;
        previous[next[at]!] = previous[at]!;
        next[previous[back]!] = next[back]!;
        if (next[back]! > 0) previous[next[back]!] = previous[back]!;
        at = next[0]!;
      } else {
        done[call >>> 5]! &= ~bit;
        at = next[at]!;
      }
      continue;
    }
    if (depth === 0) return false;
    const last = path[--depth]!;
    state = states[depth]!;
    const call = events[last - 1]!;
    done[call >>> 5]! &= ~(1 << (call & 31));
    hash ^= word[call]!;
    const returned = match[last]!;
    next[previous[returned]!] = returned;
    if (next[returned]! > 0) previous[next[returned]!] = returned;
    next[previous[last]!] = last;
    previous[next[last]!] = last;
    at = next[last]!;
  }
  return true;
}

const FIRST_BUDGET = 2000;

function inTurns(
  parts: readonly (readonly Operation[])[],
  model: (ops: readonly Operation[]) => Step,
) {
  let left = parts.map((operations) => ({
    entries: entriesOf(operations),
    step: model(operations),
  }));
  for (let budget = FIRST_BUDGET; left.length > 0; budget *= 4) {
    const undecided: typeof left = [];
    for (const part of left) {
      const found = search(part.entries, part.step, budget);
      if (found === false) return false;
      if (found === undefined) undecided.push(part);
    }
    left = undecided;
  }
  return true;
}

/**
 * Whether a history of one register is linearizable; undefined after this many steps. Refused
 * compare-and-sets are observations.
 */
export function baselineRegister(history: History, steps = Infinity): boolean | undefined {
  const happened = history.filter(({ f, outcome }) => outcome !== 'fail' || f === 'cas');
  return search(entriesOf(happened), registerStep(happened), steps);
}

/** Whether a history of a store of strings is linearizable, key by key. */
export function baselineStrings(history: History): boolean {
  const keys = new Map<string | null, Operation[]>();
  for (const operation of history) {
    if (operation.outcome === 'fail') continue;
    const part = keys.get(operation.key);
    if (part === undefined) keys.set(operation.key, [operation]);
    else part.push(operation);
  }
  return inTurns([...keys.values()], stringStep);
}
