/**
 * A model's steps as numbers: states and classes of calls are interned, and each step is computed
 * once.
 *
 * Two calls are of one class if the model cannot tell them apart: same operation, input and output.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from './call.ts';
import { canonicalText } from './identity.ts';

/** Cells of the direct table, at 4 bytes each; states beyond it are found by hash. */
const DIRECT_CELLS = 1 << 21;

/** What a step takes that is found by hash: three words, in tables half full and growing. */
const HASHED_WORDS = 8;

/** What a state takes besides its identity and its like in the model: entries in two tables. */
const STATE_WORDS = 24;

/** Pairs of numbers below this are looked up by a small integer, which is much faster. */
const SMALL = 1 << 12;

/** The most values of a problem: two of them must fit into one exact number. */
const VALUES_MAX = 1 << 26;

export class Transitions {
  readonly #model: SearchModel;
  readonly #reduced: Reduced<unknown>;
  readonly #smallClasses = new Map<number, number>();
  readonly #classes = new Map<number, number>();
  readonly #values = new Map<Plain | undefined, number>();
  readonly #texts = new Map<string, number>();
  readonly #smallPairs = new Map<number, number>();
  readonly #pairs = new Map<number, number>();
  #count = 0;
  readonly #examples: Call[] = [];
  readonly #states: unknown[] = [];
  readonly #stateIds = new Map<string | number, number>();
  readonly #initial: number;
  /** Work done on large states since it was last taken, in steps of a search. */
  cost = 0;
  /** Words taken by what was interned since they were last taken, about. */
  words = 0;
  /** Row by state, column by class: 0 not yet known, 1 does not fit, else the next state plus 2. */
  #direct = new Int32Array(0);
  #directStates = 0;
  #hashed: HashedSteps | null = null;

  /** The states of a reduced problem are merged as it says. */
  constructor(model: SearchModel, reduced: Reduced<unknown>) {
    this.#model = model;
    this.#reduced = reduced;
    this.#initial = this.stateOf(model.init());
  }

  get initial(): number {
    return this.#initial;
  }

  /** Classes are 0..classes-1. All must be known before the first step. */
  get classes(): number {
    return this.#examples.length;
  }

  get states(): number {
    return this.#states.length;
  }

  classOf(call: Call): number {
    const input = this.#valueOf(call.input);
    const asked = this.#pairOf(call.f, call.output);
    const small = input < SMALL && asked < SMALL;
    const classes = small ? this.#smallClasses : this.#classes;
    const key = small ? asked * SMALL + input : asked * VALUES_MAX + input;
    let id = classes.get(key);
    if (id === undefined) {
      id = this.#examples.length;
      classes.set(key, id);
      this.#examples.push(call);
    }
    return id;
  }

  /** A call of the class. */
  exampleOf(kind: number): Call {
    return this.#examples[kind]!;
  }

  stateOf(found: unknown): number {
    const state = this.#reduced.merge === undefined ? found : this.#reduced.merge(found);
    const identity = this.#model.identify(state);
    let id = this.#stateIds.get(identity);
    if (id === undefined) {
      id = this.#states.length;
      const size = typeof identity === 'string' ? identity.length : 0;
      this.cost += size >>> 1;
      this.words += STATE_WORDS + size;
      this.#stateIds.set(identity, id);
      this.#states.push(state);
    }
    return id;
  }

  /** The state after a call of this class, or -1 if it does not fit. */
  step(state: number, kind: number): number {
    if (state < this.#directStates) {
      const known = this.#direct[state * this.#examples.length + kind]!;
      if (known !== 0) return known - 2;
    }
    return this.#stepSlowly(state, kind);
  }

  #stepSlowly(state: number, kind: number): number {
    if (state >= this.#directStates) this.#grow(state);
    if (state < this.#directStates) {
      const next = this.#ask(state, kind);
      this.#direct[state * this.#examples.length + kind] = next + 2;
      return next;
    }
    this.#hashed ??= new HashedSteps();
    const cell = state * this.#examples.length + kind;
    const known = this.#hashed.get(cell);
    if (known !== 0) return known - 2;
    const next = this.#ask(state, kind);
    this.#hashed.set(cell, next + 2);
    this.words += HASHED_WORDS;
    return next;
  }

  #ask(state: number, kind: number): number {
    const { f, input, output } = this.#examples[kind]!;
    const next = this.#model.step(this.#states[state], f, input, output);
    return next === null ? -1 : this.stateOf(next);
  }

  #grow(state: number): void {
    const width = this.#examples.length;
    const most = Math.floor(DIRECT_CELLS / width);
    if (state >= most) return;
    const rows = Math.min(most, Math.max(8, 2 * (state + 1)));
    this.words += rows * width - this.#direct.length;
    const grown = new Int32Array(rows * width);
    grown.set(this.#direct);
    this.#direct = grown;
    this.#directStates = rows;
  }

  /** A number for a value, equal for equal values. */
  #valueOf(value: Plain | undefined): number {
    if (typeof value !== 'object' || value === null) {
      const known = this.#values.get(value);
      if (known !== undefined) return known;
      this.#values.set(value, this.#count);
      return this.#count++;
    }
    if (Array.isArray(value) && value.length === 2) return this.#pairOf(value[0]!, value[1]!);
    const text = canonicalText(value);
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, this.#count);
    return this.#count++;
  }

  /** Pairs are common, and faster by the numbers of their halves than by their text. */
  #pairOf(left: Plain, right: Plain | undefined): number {
    const a = this.#valueOf(left);
    const b = this.#valueOf(right);
    const small = a < SMALL && b < SMALL;
    const pairs = small ? this.#smallPairs : this.#pairs;
    const pair = small ? a * SMALL + b : a * VALUES_MAX + b;
    const known = pairs.get(pair);
    if (known !== undefined) return known;
    pairs.set(pair, this.#count);
    return this.#count++;
  }
}

/** Open addressing from a cell's number to a small integer other than 0. */
class HashedSteps {
  #cells = new Float64Array(1 << 12);
  #steps = new Int32Array(1 << 12);
  #size = 0;

  get(cell: number): number {
    return this.#steps[this.#slot(cell)]!;
  }

  set(cell: number, step: number): void {
    if (this.#size * 2 >= this.#steps.length) this.#double();
    const slot = this.#slot(cell);
    if (this.#steps[slot] === 0) this.#size++;
    this.#cells[slot] = cell;
    this.#steps[slot] = step;
  }

  #slot(cell: number): number {
    const mask = this.#steps.length - 1;
    const high = Math.floor(cell / 0x100000000);
    let hash = Math.imul(cell | 0, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (this.#steps[slot] !== 0 && this.#cells[slot] !== cell) slot = (slot + 1) & mask;
    return slot;
  }

  #double(): void {
    const cells = this.#cells;
    const steps = this.#steps;
    this.#cells = new Float64Array(2 * cells.length);
    this.#steps = new Int32Array(2 * steps.length);
    for (let i = 0; i < steps.length; i++) {
      if (steps[i] === 0) continue;
      const slot = this.#slot(cells[i]!);
      this.#cells[slot] = cells[i]!;
      this.#steps[slot] = steps[i]!;
    }
  }
}
