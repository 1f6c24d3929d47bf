/**
 * Order that every sequential explanation must have, where a value shows which call set it: grown
 * until nothing follows any more, or something comes before itself. (That one order follows from
 * another when values are unique is Gibbons & Korach's, "Testing shared memories", 1997; growing it
 * is sound and not complete, since their problem VSC is NP-complete.)
 *
 * For a call r that found the state that w set, and another call v that sets a state of the same
 * part:
 * - w comes before r;
 * - if v comes before r, then v comes before w;
 * - if w comes before v, then r comes before v;
 * and all that found the initial state come before all that set another.
 *
 * Lanes make this cheap: of the setters of a part in one lane only the last before r, and the first
 * after w, need an edge.
 */
import { type Added, type Forced, type ForcedKind, shortestCycle } from './forced-cycle.ts';
import type { Lanes } from './lanes.ts';

export interface Saturated {
  /** Calls that must come before themselves, as a cycle of steps; or null. */
  readonly cycle: readonly Forced[] | null;
  /** A call that found a state that nothing sets, or -1. */
  readonly thinAir: number;
  /** By call, those that must come before it, besides those of its lane. */
  readonly before: readonly (readonly number[])[];
  readonly steps: number;
}

/** The most cells of a table of calls by lanes: lanes are taken in blocks that fit. */
const CELLS_MAX = 6_000_000;
/** The most cells that are filled in all; the order found by then is used as it is. */
const WORK_MAX = 400_000_000;
const ROUNDS_MAX = 64;
const NONE = -1;
const INITIAL = -2;

export function saturate(lanes: Lanes): Saturated {
  return new Saturation(lanes).run();
}

class Saturation {
  readonly #lanes: Lanes;
  readonly #total: number;
  readonly #before: number[][];
  readonly #edges: Added[][];
  /** By call, the one that set what it found; INITIAL; or NONE, where nobody can tell. */
  readonly #source: Int32Array;
  /** By lane and part, the calls that set a state of the part, in their order. */
  readonly #setters = new Map<number, number[]>();
  /** By part, the lanes that set a state of it. */
  readonly #settingLanes: number[][];
  #thinAir = -1;
  #steps = 0;
  #added = 0;
  #work = 0;
  #grew = false;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
    this.#total = lanes.calls.length;
    this.#before = lanes.calls.map(() => []);
    this.#edges = lanes.calls.map(() => []);
    this.#source = new Int32Array(this.#total).fill(NONE);
    this.#settingLanes = lanes.parts.map(() => []);
    for (let o = lanes.closed; o < this.#total; o++) {
      if (lanes.after[o]! >= 0) this.#add(lanes.after[o]!, o, 'process', -1);
    }
    if (lanes.effects) this.#findSources();
  }

  run(): Saturated {
    let cycle: readonly Forced[] | null = null;
    if (this.#thinAir < 0) {
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const sorted = this.#sort();
        if (sorted === null) {
          cycle = this.#cycle();
          break;
        }
        this.#grew = false;
        if (!this.#lanes.effects || this.#work > WORK_MAX) break;
        this.#grow(sorted);
        if (!this.#grew) break;
      }
    }
    return { cycle, thinAir: this.#thinAir, before: this.#before, steps: this.#steps };
  }

  #add(from: number, to: number, kind: ForcedKind, because: number): void {
    if (this.#before[to]!.includes(from)) return;
    this.#before[to]!.push(from);
    this.#edges[to]!.push({ from, to, kind, because, known: [], number: this.#added++ });
    this.#grew = true;
  }

  #findSources(): void {
    const { closed, part, needs, sets, transitions, lane, lanes, pure } = this.#lanes;
    const setter = new Map<string, number>();
    for (let o = 0; o < this.#total; o++) {
      if (sets[o]! < 0 || (o < closed && pure[o] === 1)) continue;
      const state = `${part[o]} ${sets[o]}`;
      setter.set(state, setter.has(state) ? NONE : o);
    }
    for (let l = 0; l < lanes.length; l++) {
      for (const o of lanes[l]!) {
        if (sets[o]! < 0) continue;
        const list = this.#setters.get(this.#cell(lane[o]!, part[o]!));
        if (list !== undefined) list.push(o);
        else {
          this.#setters.set(this.#cell(lane[o]!, part[o]!), [o]);
          this.#settingLanes[part[o]!]!.push(lane[o]!);
        }
      }
    }
    const known: number[] = [];
    const find = (o: number) => {
      const found = setter.get(`${part[o]} ${needs[o]}`);
      const initial = needs[o] === transitions[part[o]!]!.initial;
      if (found === undefined && !initial) this.#thinAir = o;
      if (found === undefined) this.#source[o] = INITIAL;
      else if (!initial && found !== NONE && found !== o) {
        this.#source[o] = found;
        this.#add(found, o, 'wr', -1);
        // An open call that was seen has happened, and so has what it found.
        if (found >= closed) known.push(found);
      }
    };
    for (let o = 0; o < closed && this.#thinAir < 0; o++) if (needs[o]! >= 0) find(o);
    const seen = new Set<number>();
    while (known.length > 0 && this.#thinAir < 0) {
      const o = known.pop()!;
      if (seen.has(o) || needs[o]! < 0) continue;
      seen.add(o);
      find(o);
    }
  }

  #cell(lane: number, part: number): number {
    return lane * this.#lanes.parts.length + part;
  }

  /** All calls, each after those that must come before it; null if there is a cycle. */
  #sort(): Int32Array | null {
    const total = this.#total;
    const { lane, position, lanes, closed } = this.#lanes;
    const waiting = new Int32Array(total);
    const after: number[][] = this.#before.map(() => []);
    for (let o = 0; o < total; o++) {
      waiting[o] = this.#before[o]!.length + (o < closed && position[o]! > 0 ? 1 : 0);
      for (const from of this.#before[o]!) after[from]!.push(o);
    }
    const sorted = new Int32Array(total);
    let count = 0;
    for (let o = 0; o < total; o++) if (waiting[o] === 0) sorted[count++] = o;
    for (let i = 0; i < count; i++) {
      const o = sorted[i]!;
      for (const to of after[o]!) if (--waiting[to]! === 0) sorted[count++] = to;
      const next = lanes[lane[o]!]![position[o]! + 1];
      if (next !== undefined && --waiting[next]! === 0) sorted[count++] = next;
    }
    this.#steps += total;
    return count === total ? sorted : null;
  }

  #grow(sorted: Int32Array): void {
    const { lanes } = this.#lanes;
    const setting = new Set(this.#settingLanes.flat());
    const all = Array.from(lanes.keys()).filter((l) => setting.has(l));
    const width = Math.max(1, Math.floor(CELLS_MAX / this.#total));
    for (let from = 0; from < all.length && this.#work <= WORK_MAX; from += width) {
      this.#growBlock(sorted, all.slice(from, from + width));
    }
  }

  /** Adds the edges that the setters in these lanes give. */
  #growBlock(sorted: Int32Array, block: readonly number[]): void {
    const width = block.length;
    this.#work += width * this.#total;
    this.#steps += Math.ceil((width * this.#total) / 16);
    const column = new Int32Array(this.#lanes.lanes.length).fill(-1);
    block.forEach((l, c) => {
      column[l] = c;
    });
    const known = this.#tableOfKnown(sorted, column, width);
    const later = this.#tableOfLater(sorted, block, column);
    const { part, position, sets } = this.#lanes;
    for (let r = 0; r < this.#total; r++) {
      const w = this.#source[r]!;
      if (w === NONE) continue;
      for (const l of this.#settingLanes[part[r]!]!) {
        const c = column[l]!;
        if (c < 0) continue;
        const setters = this.#setters.get(this.#cell(l, part[r]!))!;
        this.#lastBefore(setters, r, w, known[r * width + c]!, position, sets);
        const from = w === INITIAL ? 0 : later[w * width + c]!;
        this.#firstAfter(setters, r, w, from, later[r * width + c]!, position);
      }
    }
  }

  /** By call and column: how many calls of the lane come before it, itself included. */
  #tableOfKnown(sorted: Int32Array, column: Int32Array, width: number): Int32Array {
    const { lane, position, lanes } = this.#lanes;
    const known = new Int32Array(this.#total * width);
    for (const o of sorted) {
      const row = o * width;
      const at = position[o]!;
      const own = lane[o]!;
      if (at > 0) merge(known, row, lanes[own]![at - 1]! * width, width);
      for (const from of this.#before[o]!) merge(known, row, from * width, width);
      if (column[own]! >= 0) known[row + column[own]!] = at + 1;
    }
    return known;
  }

  /**
   * By call and column: the first position of the lane that is the call or comes after it; the
   * length of the lane if there is none.
   */
  #tableOfLater(sorted: Int32Array, block: readonly number[], column: Int32Array): Int32Array {
    const { lane, position, lanes } = this.#lanes;
    const width = block.length;
    const later = new Int32Array(this.#total * width);
    const lengths = Int32Array.from(block, (l) => lanes[l]!.length);
    for (let o = 0; o < this.#total; o++) later.set(lengths, o * width);
    for (let i = this.#total - 1; i >= 0; i--) {
      const o = sorted[i]!;
      const row = o * width;
      const at = position[o]!;
      const own = lane[o]!;
      const c = column[own]!;
      if (c >= 0 && at < later[row + c]!) later[row + c] = at;
      if (at > 0) mergeLeast(later, lanes[own]![at - 1]! * width, row, width);
      for (const from of this.#before[o]!) mergeLeast(later, from * width, row, width);
    }
    return later;
  }

  /** The last of these setters that comes before r comes before w. */
  #lastBefore(
    setters: readonly number[],
    r: number,
    w: number,
    until: number,
    position: Int32Array,
    sets: Int32Array,
  ): void {
    let i = countBelow(setters, until, position) - 1;
    while (i >= 0 && (setters[i] === r || setters[i] === w)) {
      // What is before w in its lane is so already.
      if (setters[i] === w) return;
      i--;
    }
    if (i < 0) return;
    const v = setters[i]!;
    if (w === INITIAL) this.#add(r, v, 'rw', -1);
    else if (sets[v] !== sets[w]) this.#add(v, w, 'ww', r);
  }

  /** r comes before the first of these setters that comes after w. */
  #firstAfter(
    setters: readonly number[],
    r: number,
    w: number,
    from: number,
    known: number,
    position: Int32Array,
  ): void {
    let i = countBelow(setters, from, position);
    while (setters[i] === r || setters[i] === w) i++;
    const v = setters[i];
    if (v === undefined || position[v]! >= known) return;
    this.#add(r, v, 'rw', w === INITIAL ? -1 : w);
  }

  #cycle(): readonly Forced[] {
    return shortestCycle(this.#lanes, this.#edges);
  }
}

function merge(table: Int32Array, to: number, from: number, width: number): void {
  for (let l = 0; l < width; l++) {
    if (table[from + l]! > table[to + l]!) table[to + l] = table[from + l]!;
  }
}

function mergeLeast(table: Int32Array, to: number, from: number, width: number): void {
  for (let l = 0; l < width; l++) {
    if (table[from + l]! < table[to + l]!) table[to + l] = table[from + l]!;
  }
}

/** How many of these calls of one lane have a position below this. */
function countBelow(calls: readonly number[], below: number, position: Int32Array): number {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (position[calls[middle]!]! < below) low = middle + 1;
    else high = middle;
  }
  return low;
}
