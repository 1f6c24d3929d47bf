/**
 * The search for one order of all calls that keeps the order of each lane and that the model
 * accepts: depth first with a memory of configurations, as Wing & Gong's for linearizability with
 * Lowe's memory, but with program order in the place of real time. Deciding this is NP-complete
 * (Gibbons & Korach, 1997), so it has a budget.
 *
 * A configuration is how far each lane has come, and the state of each part. What is pruned:
 * - a call that never changes the state, wherever it fits, is done as soon as it is its lane's turn
 *   and it fits: any success from here still succeeds with that call moved to the front;
 * - an open call that would leave the state as it is is not done;
 * - a state is not left while calls still need it and nobody is left to set it again;
 * - calls wait for those that must come before them (see `saturation.ts`);
 * - configurations seen before.
 * Calls that were invoked first are tried first. Open ones come last where nothing says that they
 * were seen.
 */
import type { Lanes } from './lanes.ts';

export type OrderState = 'running' | 'found' | 'none' | 'out-of-memory';

export class OrderSearch {
  state: OrderState = 'running';
  /** Calls tried on states, and configurations compared. */
  steps = 0;
  /** The most closed calls that were in one order. */
  reached = 0;

  readonly #lanes: Lanes;
  readonly #total: number;
  readonly #width: number;
  readonly #known: Configurations;
  /** How far each lane has come, then the state of each part. */
  readonly #tip: Int32Array;
  readonly #waiting: Int32Array;
  readonly #after: readonly (readonly number[])[];
  /** By call, its turn to be tried; and the call of a turn. */
  readonly #turn: Int32Array;
  readonly #ofTurn: Int32Array;
  readonly #needed: readonly Int32Array[];
  readonly #supply: readonly Int32Array[];
  #doneClosed = 0;
  #hash = 0;
  readonly #trail: Int32Array;
  readonly #stateBefore: Int32Array;
  #trailEnd = 0;
  readonly #pathTrail: Int32Array;
  /** The turn of the call that was tried last at each node, or -1. */
  readonly #pathTried: Int32Array;
  #depth = 0;
  #entering = true;

  constructor(lanes: Lanes, before: readonly (readonly number[])[], bytes: number) {
    const total = lanes.calls.length;
    this.#lanes = lanes;
    this.#total = total;
    this.#width = lanes.lanes.length;
    this.#tip = new Int32Array(this.#width + lanes.parts.length);
    this.#known = new Configurations(this.#tip.length, Math.floor(bytes / 4));
    this.#waiting = Int32Array.from(before, ({ length }) => length);
    const after: number[][] = before.map(() => []);
    before.forEach((list, to) => {
      for (const from of list) after[from]!.push(to);
    });
    this.#after = after;
    this.#ofTurn = turnsOf(lanes);
    this.#turn = new Int32Array(total);
    this.#ofTurn.forEach((o, turn) => {
      this.#turn[o] = turn;
    });
    this.#needed = lanes.transitions.map(({ states }) => new Int32Array(states));
    this.#supply = lanes.transitions.map(({ states }) => new Int32Array(states));
    for (let o = 0; o < total; o++) this.#count(o, 1);
    lanes.transitions.forEach(({ initial }, p) => {
      this.#tip[this.#width + p] = initial;
    });
    this.#trail = new Int32Array(total + 1);
    this.#stateBefore = new Int32Array(total + 1);
    this.#pathTrail = new Int32Array(total + 2);
    this.#pathTried = new Int32Array(total + 2).fill(-1);
  }

  get configurations(): number {
    return this.#known.size;
  }

  /** The calls in the order that was found. */
  get order(): Int32Array {
    return this.#trail.slice(0, this.#trailEnd);
  }

  run(slice: number): OrderState {
    const until = this.steps + slice;
    while (this.state === 'running' && this.steps < until) {
      if (this.#entering && !this.#enter()) continue;
      const call = this.#choose();
      if (call >= 0) {
        this.#pathTried[this.#depth] = this.#turn[call]!;
        this.#depth++;
        this.#pathTrail[this.#depth] = this.#trailEnd;
        this.#do(call);
        this.#entering = true;
      } else this.#leave();
    }
    return this.state;
  }

  #enter(): boolean {
    this.#entering = false;
    this.#doPure();
    if (this.#doneClosed > this.reached) this.reached = this.#doneClosed;
    if (this.#doneClosed === this.#lanes.closed) {
      this.state = 'found';
      return false;
    }
    this.#pathTried[this.#depth] = -1;
    const known = this.#known.add(this.#tip, this.#hash);
    this.steps += (1 + this.#known.compared) * (1 + (this.#tip.length >>> 5));
    if (known === 'new') return true;
    if (known === 'full') this.state = 'out-of-memory';
    else this.#leave();
    return false;
  }

  #doPure(): void {
    const { lanes, pure, closed, part, kind, transitions } = this.#lanes;
    for (let grew = true; grew; ) {
      grew = false;
      this.steps += this.#width >>> 3;
      for (let l = 0; l < this.#width; l++) {
        for (;;) {
          const o = lanes[l]![this.#tip[l]!];
          if (o === undefined || o >= closed || pure[o] === 0 || this.#waiting[o]! > 0) break;
          this.steps++;
          const p = part[o]!;
          if (transitions[p]!.step(this.#tip[this.#width + p]!, kind[o]!) < 0) break;
          this.#do(o);
          // What waited for it may be a pure call of a lane already passed.
          if (this.#after[o]!.length > 0) grew = true;
        }
      }
    }
  }

  /**
   * The next call to try at the tip: the first after the one tried last that may be done; or -1.
   */
  #choose(): number {
    const { lanes } = this.#lanes;
    let skipped = this.#pathTried[this.#depth]!;
    for (;;) {
      let best = this.#total;
      this.steps += this.#width >>> 2;
      for (let l = 0; l < this.#width; l++) {
        const o = lanes[l]![this.#tip[l]!];
        if (o === undefined || this.#waiting[o]! > 0) continue;
        const turn = this.#turn[o]!;
        if (turn > skipped && turn < best) best = turn;
      }
      if (best === this.#total) return -1;
      this.steps++;
      if (this.#mayDo(this.#ofTurn[best]!)) return this.#ofTurn[best]!;
      skipped = best;
    }
  }

  #mayDo(o: number): boolean {
    const { closed, pure, part, kind, transitions, needs } = this.#lanes;
    // A pure call that did not fit waits for another state.
    if (o < closed && pure[o] === 1) return false;
    const p = part[o]!;
    const state = this.#tip[this.#width + p]!;
    const after = transitions[p]!.step(state, kind[o]!);
    if (after < 0 || (o >= closed && after === state)) return false;
    if (!this.#lanes.effects || after === state) return true;
    const needed = this.#needed[p]!;
    if (state >= needed.length) return true;
    const waiting = needed[state]! - (o < closed && needs[o] === state ? 1 : 0);
    return waiting === 0 || this.#supply[p]![state]! > 0;
  }

  #do(o: number): void {
    const { lane, part, kind, transitions, closed } = this.#lanes;
    const p = this.#width + part[o]!;
    const before = this.#tip[p]!;
    const after = transitions[part[o]!]!.step(before, kind[o]!);
    this.#stateBefore[this.#trailEnd] = before;
    this.#trail[this.#trailEnd++] = o;
    this.#move(lane[o]!, 1);
    this.#hash ^= mixed(p, before) ^ mixed(p, after);
    this.#tip[p] = after;
    if (o < closed) this.#doneClosed++;
    this.#count(o, -1);
    for (const to of this.#after[o]!) this.#waiting[to]!--;
  }

  #undo(): void {
    const { lane, part, closed } = this.#lanes;
    const o = this.#trail[--this.#trailEnd]!;
    const p = this.#width + part[o]!;
    const before = this.#stateBefore[this.#trailEnd]!;
    this.#move(lane[o]!, -1);
    this.#hash ^= mixed(p, before) ^ mixed(p, this.#tip[p]!);
    this.#tip[p] = before;
    if (o < closed) this.#doneClosed--;
    this.#count(o, 1);
    for (const to of this.#after[o]!) this.#waiting[to]!++;
  }

  #move(lane: number, by: number): void {
    const at = this.#tip[lane]!;
    this.#hash ^= mixed(lane, at) ^ mixed(lane, at + by);
    this.#tip[lane] = at + by;
  }

  #leave(): void {
    if (this.#depth === 0) {
      this.state = 'none';
      return;
    }
    const start = this.#pathTrail[this.#depth]!;
    while (this.#trailEnd > start) this.#undo();
    this.#depth--;
  }

  #count(o: number, by: number): void {
    const { part, needs, sets, closed } = this.#lanes;
    const p = part[o]!;
    if (o < closed && needs[o]! >= 0) this.#needed[p]![needs[o]!]! += by;
    if (sets[o]! >= 0) this.#supply[p]![sets[o]!]! += by;
  }
}

/** The calls in the order of trial. */
function turnsOf({ calls, closed, effects }: Lanes): Int32Array {
  const order = Int32Array.from(calls.keys());
  if (!effects) return order;
  // What nobody wanted was left out, so open ones are as likely to be needed as others.
  const late = (o: number) => calls[o]!.index * 2 + (o < closed ? 0 : 1);
  return order.sort((a, b) => late(a) - late(b));
}

/** Spreads a value at a place over all bits. */
function mixed(place: number, value: number): number {
  let mixed = Math.imul(place + 1, 0x9e3779b1) ^ Math.imul(value + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}

/** Configurations, whole, in one growing array: a hash only finds where to compare. */
class Configurations {
  size = 0;
  /** Of the last `add`: how many were compared. */
  compared = 0;
  readonly #width: number;
  #wordsLeft: number;
  readonly #chunks: Int32Array[] = [];
  readonly #rowsOfChunk: number;
  #table = new Int32Array(1 << 12);
  #hashes = new Int32Array(1 << 12);

  constructor(width: number, words: number) {
    this.#width = width;
    this.#wordsLeft = words - 2 * (1 << 12);
    this.#rowsOfChunk = Math.max(1, Math.floor((1 << 16) / width));
  }

  add(row: Int32Array, hash: number): 'new' | 'known' | 'full' {
    if (2 * this.size >= this.#table.length && !this.#grow()) return 'full';
    const mask = this.#table.length - 1;
    this.compared = 0;
    let at = hash & mask;
    for (; this.#table[at] !== 0; at = (at + 1) & mask) {
      if (this.#hashes[at] !== hash) continue;
      this.compared++;
      if (this.#isSame(this.#table[at]! - 1, row)) return 'known';
    }
    const offset = (this.size % this.#rowsOfChunk) * this.#width;
    if (offset === 0) {
      const length = this.#rowsOfChunk * this.#width;
      if (this.#wordsLeft < length) return 'full';
      this.#wordsLeft -= length;
      this.#chunks.push(new Int32Array(length));
    }
    this.#chunks[this.#chunks.length - 1]!.set(row, offset);
    this.#table[at] = ++this.size;
    this.#hashes[at] = hash;
    return 'new';
  }

  #isSame(index: number, row: Int32Array): boolean {
    const chunk = this.#chunks[Math.floor(index / this.#rowsOfChunk)]!;
    const offset = (index % this.#rowsOfChunk) * this.#width;
    for (let i = 0; i < this.#width; i++) if (chunk[offset + i] !== row[i]) return false;
    return true;
  }

  #grow(): boolean {
    const length = 2 * this.#table.length;
    if (this.#wordsLeft < 2 * length) return false;
    this.#wordsLeft -= length;
    const table = new Int32Array(length);
    const hashes = new Int32Array(length);
    for (let i = 0; i < this.#table.length; i++) {
      if (this.#table[i] === 0) continue;
      let at = this.#hashes[i]! & (length - 1);
      while (table[at] !== 0) at = (at + 1) & (length - 1);
      table[at] = this.#table[i]!;
      hashes[at] = this.#hashes[i]!;
    }
    this.#table = table;
    this.#hashes = hashes;
    return true;
  }
}
