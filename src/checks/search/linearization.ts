/**
 * The search for a linearization of one object's calls: Wing & Gong's depth-first search ("Testing
 * and verifying concurrent objects", 1993) with Lowe's memory of configurations ("Testing for
 * linearizability", 2017), without recursion, on typed arrays, in slices: `run` goes on where it
 * stopped.
 *
 * A node of the search is a configuration: the calls done so far and the state. Its *level* is the
 * number of completions, in their order in time, whose calls are all done; the call that completes
 * next is the *target*. A call may be done next if it was invoked before the target completed. An
 * open call may be done or left out; all closed ones done is success.
 *
 * What is pruned, and why nothing is lost:
 * - *Pure calls at once*: a call that fits and never changes the state, wherever it fits, is done
 *   with no alternative. Whatever succeeds from here still succeeds with that call moved to the
 *   front: it may be done now, and changes nothing. (It would not do that the call leaves *this*
 *   state alone: a write of 1 onto 1 may be needed later.)
 * - *Twins*: see `twinsOf`. A call waits for its twin, an open one for those before it in its
 *   chain.
 * - *Idle open calls*: one that would leave the state as it is is not done: left out it can still
 *   be used.
 * - *Overwritten open calls*: after an open call o that led from s to s', a call that leads from s'
 *   where it leads from s is not done: the node before o goes there itself, and keeps o to use.
 * - *Starving calls*: the state is not left while calls still need it and nobody is left to set it
 *   again.
 * - *Known configurations*, and those that used more open calls than a known one: see `Visited`.
 *
 * Together: suppose that success can be reached from some visited node, and the search never saw
 * it. Of all such nodes and sequences of calls take the shortest sequence; of these the one whose
 * node used the fewest open calls; of these the one with the fewest inverted twins. Its first step
 * was pruned, or led to a known node. But the first rule shows a shorter sequence from the next
 * node; the second one of equal length with fewer inversions; idle, overwritten and known show a
 * visited node with a sequence shorter, or as short and with fewer open calls used; and a starving
 * call cannot be part of a success. So there is no smallest one, and none at all.
 *
 * The order of trial only decides how soon success is found: the target itself; when it does not
 * fit, calls after which it does; other closed calls; open calls last, since they bind nothing.
 */
import type { Problem } from './problem.ts';
import type { Transitions } from './transitions.ts';
import { type Memory, Visited } from './visited.ts';

export type SearchState = 'running' | 'linearizable' | 'not-linearizable' | 'out-of-memory';

const TARGET = 0;
const SUPPLY_CLOSED = 1;
const SUPPLY_OPEN = 2;
const REST_CLOSED = 3;
const REST_OPEN = 4;
const EXHAUSTED = 5;

export class LinearizationSearch {
  state: SearchState = 'running';
  /** Calls tried on states, and configurations compared. */
  steps = 0;
  /** The highest level seen: at least this many completions can be explained. */
  reached = 0;
  /** Once linearizable: the calls in an order that explains all. */
  order: Int32Array = new Int32Array(0);

  readonly #p: Problem;
  readonly #transitions: Transitions;
  readonly #visited: Visited;
  readonly #zobrist: Int32Array;

  // The configuration at the tip.
  #level = 0;
  #value: number;
  #hash = 0;
  readonly #isDone: Uint8Array;
  readonly #done: Int32Array;
  readonly #used: Int32Array;
  /** By state: calls not done that need it, and that set it. */
  readonly #needed: Int32Array;
  readonly #supply: Int32Array;

  // Closed calls not done, as a ring through `closed`; chains with calls left, through `chains`.
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #chainNext: Int32Array;
  readonly #chainPrevious: Int32Array;
  readonly #chainUsed: Int32Array;
  readonly #chainOf: Int32Array;

  // The path: one row a node.
  #depth = 0;
  readonly #pathValue: Int32Array;
  readonly #pathLevel: Int32Array;
  readonly #pathPhase: Uint8Array;
  readonly #pathCursor: Int32Array;
  /**
   * The state before the open call that led here, or -1 if no open call did, or a pure one has used
   * its state.
   */
  readonly #pathBefore: Int32Array;
  /** Where in the trail of done calls the node's own calls start. */
  readonly #pathTrail: Int32Array;
  readonly #trail: Int32Array;
  #trailEnd = 0;
  #entering = true;

  /** `words` are what sets of closed calls are hashed by: any will do, good ones are faster. */
  constructor(
    problem: Problem,
    transitions: Transitions,
    memory: Memory,
    words: Int32Array = randomWords(problem.closed),
  ) {
    const { closed, open, chainStart } = problem;
    const total = closed + open;
    const chains = chainStart.length - 1;
    this.#p = problem;
    this.#transitions = transitions;
    this.#value = problem.initial;
    this.#isDone = new Uint8Array(total);
    this.#done = new Int32Array((problem.slots + 31) >>> 5);
    this.#used = new Int32Array((open + 31) >>> 5);
    this.#visited = new Visited(this.#done.length, this.#used.length, memory);
    this.#zobrist = words;
    [this.#next, this.#previous] = ring(closed);
    [this.#chainNext, this.#chainPrevious] = ring(chains);
    this.#chainUsed = new Int32Array(chains);
    this.#chainOf = new Int32Array(open);
    for (let c = 0; c < chains; c++) {
      for (let o = chainStart[c]!; o < chainStart[c + 1]!; o++) this.#chainOf[o - closed] = c;
    }
    this.#needed = new Int32Array(problem.needs === null ? 0 : transitions.states);
    this.#supply = new Int32Array(problem.sets === null ? 0 : transitions.states);
    for (let o = 0; o < total; o++) this.#count(o, 1);
    const rows = total + 2;
    this.#pathValue = new Int32Array(rows);
    this.#pathLevel = new Int32Array(rows);
    this.#pathPhase = new Uint8Array(rows);
    this.#pathCursor = new Int32Array(rows);
    this.#pathBefore = new Int32Array(rows).fill(-1);
    this.#pathTrail = new Int32Array(rows);
    this.#trail = new Int32Array(rows);
  }

  /** Configurations remembered. */
  get configurations(): number {
    return this.#visited.size;
  }

  /** Searches for about this many steps more, unless it ends before. */
  run(slice: number): SearchState {
    const until = this.steps + slice;
    const transitions = this.#transitions;
    while (
      this.state === 'running' &&
      this.steps + this.#visited.compared + transitions.cost < until
    ) {
      if (this.#entering && !this.#enter()) continue;
      const call = this.#choose();
      if (call >= 0) this.#descend(call);
      else if (this.#depth === 0) this.state = 'not-linearizable';
      else this.#leave();
    }
    this.steps += this.#visited.compared + transitions.cost;
    this.#visited.compared = 0;
    transitions.cost = 0;
    if (this.state !== 'running') this.#visited.release();
    return this.state;
  }

  /**
   * Completes the tip: pure calls, level, memory. False if the search ended or the node was left.
   */
  #enter(): boolean {
    this.#entering = false;
    this.#advance();
    if (this.#level < this.#p.closed) this.#doPure();
    if (this.#level > this.reached) this.reached = this.#level;
    if (this.#level === this.#p.closed) {
      this.state = 'linearizable';
      this.order = this.#trail.slice(0, this.#trailEnd);
      return false;
    }
    const row = this.#depth;
    this.#pathValue[row] = this.#value;
    this.#pathLevel[row] = this.#level;
    this.#pathPhase[row] = TARGET;
    const known = this.#visited.add(this.#hash, this.#level, this.#value, this.#done, this.#used);
    const fits = this.#transitions.words === 0 || this.#visited.charge(this.#transitions.words);
    this.#transitions.words = 0;
    if (known === 1 && fits) return true;
    if (known < 0 || !fits) this.state = 'out-of-memory';
    else this.#leave();
    return false;
  }

  /** Does every pure call that fits. More come within reach as the level rises. */
  #doPure(): void {
    const { closed, completions, invoked, completed, pure, kind } = this.#p;
    const next = this.#next;
    let limit = completed[completions[this.#level]!]!;
    for (let o = next[closed]!; o !== closed && invoked[o]! < limit; o = next[o]!) {
      if (pure[o] === 0) continue;
      this.steps++;
      if (this.#transitions.step(this.#value, kind[o]!) < 0) continue;
      this.#do(o);
      this.#pathBefore[this.#depth] = -1;
      if (o !== completions[this.#level]) continue;
      this.#advance();
      if (this.#level === closed) return;
      limit = completed[completions[this.#level]!]!;
    }
  }

  /** Raises the level over all targets that are done; their slots are free again. */
  #advance(): void {
    const { closed, completions, slot } = this.#p;
    while (this.#level < closed) {
      const target = completions[this.#level]!;
      if (this.#isDone[target] === 0) return;
      const s = slot[target]!;
      this.#done[s >>> 5]! &= ~(1 << (s & 31));
      this.#level++;
    }
  }

  /** The next call to try at the tip, or -1. */
  #choose(): number {
    const row = this.#depth;
    const { closed, completions, kind } = this.#p;
    const target = completions[this.#level]!;
    const wanting = this.#transitions.step(this.#value, kind[target]!) < 0;
    if (this.#pathPhase[row] === TARGET) {
      this.steps++;
      this.#startPhase(row, wanting ? SUPPLY_CLOSED : REST_CLOSED, closed);
      if (!wanting && this.#mayDo(target)) return target;
    }
    for (;;) {
      const phase = this.#pathPhase[row]!;
      if (phase === EXHAUSTED) return -1;
      const open = phase === SUPPLY_OPEN || phase === REST_OPEN;
      const supply = phase <= SUPPLY_OPEN;
      const call = open
        ? this.#nextOpen(row, target, wanting, supply)
        : this.#nextClosed(row, target, wanting, supply);
      if (call >= 0) return call;
      this.#startPhase(row, phase + 1, open ? closed : this.#chainUsed.length);
    }
  }

  #startPhase(row: number, phase: number, head: number): void {
    this.#pathPhase[row] = phase;
    this.#pathCursor[row] = head;
  }

  #nextClosed(row: number, target: number, wanting: boolean, supply: boolean): number {
    const { closed, invoked, completed, kind } = this.#p;
    const next = this.#next;
    const limit = completed[target]!;
    let o = next[this.#pathCursor[row]!]!;
    for (; o !== closed && invoked[o]! < limit; o = next[o]!) {
      if (o === target || this.#p.pure[o] === 1) continue;
      this.steps++;
      if (wanting && this.#supplies(o, kind[target]!) !== supply) continue;
      if (!this.#mayDo(o)) continue;
      this.#pathCursor[row] = o;
      return o;
    }
    return -1;
  }

  #nextOpen(row: number, target: number, wanting: boolean, supply: boolean): number {
    const { chainStart, invoked, completed, kind } = this.#p;
    const end = this.#chainUsed.length;
    const limit = completed[target]!;
    let c = this.#chainNext[this.#pathCursor[row]!]!;
    for (; c !== end && invoked[chainStart[c]!]! < limit; c = this.#chainNext[c]!) {
      const o = chainStart[c]! + this.#chainUsed[c]!;
      if (invoked[o]! >= limit) continue;
      this.steps++;
      if (wanting && this.#supplies(o, kind[target]!) !== supply) continue;
      if (!this.#mayDo(o)) continue;
      this.#pathCursor[row] = c;
      return o;
    }
    return -1;
  }

  /** Whether the target would fit right after this call. */
  #supplies(o: number, target: number): boolean {
    const after = this.#transitions.step(this.#value, this.#p.kind[o]!);
    return after >= 0 && this.#transitions.step(after, target) >= 0;
  }

  #mayDo(o: number): boolean {
    const { twin, kind, closed, needs } = this.#p;
    const after = this.#transitions.step(this.#value, kind[o]!);
    if (after < 0) return false;
    const first = twin[o]!;
    if (first >= 0 && this.#isDone[first] === 0) return false;
    if (o >= closed && after === this.#value) return false;
    const before = this.#pathBefore[this.#depth]!;
    if (before >= 0 && this.#transitions.step(before, kind[o]!) === after) return false;
    if (needs === null || after === this.#value) return true;
    const waiting = this.#needed[this.#value]! - (o < closed && needs[o] === this.#value ? 1 : 0);
    return waiting === 0 || this.#supply[this.#value]! > 0;
  }

  #descend(o: number): void {
    const before = this.#value;
    this.#depth++;
    this.#pathTrail[this.#depth] = this.#trailEnd;
    this.#pathBefore[this.#depth] = o < this.#p.closed ? -1 : before;
    this.#value = this.#transitions.step(before, this.#p.kind[o]!);
    this.#do(o);
    this.#entering = true;
  }

  #do(o: number): void {
    const { closed, slot, chainStart } = this.#p;
    this.#isDone[o] = 1;
    this.#trail[this.#trailEnd++] = o;
    this.#count(o, -1);
    if (o < closed) {
      const s = slot[o]!;
      this.#done[s >>> 5]! |= 1 << (s & 31);
      this.#hash ^= this.#zobrist[o]!;
      unlink(this.#next, this.#previous, o);
      return;
    }
    const c = this.#chainOf[o - closed]!;
    this.#used[(o - closed) >>> 5]! |= 1 << ((o - closed) & 31);
    this.#chainUsed[c]!++;
    if (chainStart[c]! + this.#chainUsed[c]! === chainStart[c + 1]) {
      unlink(this.#chainNext, this.#chainPrevious, c);
    }
  }

  #undo(o: number): void {
    const { closed, slot, chainStart } = this.#p;
    this.#isDone[o] = 0;
    this.#count(o, 1);
    if (o < closed) {
      // Whoever took over the slot, if its turn was over, was done later and is undone already.
      const s = slot[o]!;
      this.#done[s >>> 5]! &= ~(1 << (s & 31));
      this.#hash ^= this.#zobrist[o]!;
      relink(this.#next, this.#previous, o);
      return;
    }
    const c = this.#chainOf[o - closed]!;
    this.#used[(o - closed) >>> 5]! &= ~(1 << ((o - closed) & 31));
    if (chainStart[c]! + this.#chainUsed[c]! === chainStart[c + 1]) {
      relink(this.#chainNext, this.#chainPrevious, c);
    }
    this.#chainUsed[c]!--;
  }

  /** Back to the node above, as it was. */
  #leave(): void {
    if (this.#depth === 0) {
      this.state = 'not-linearizable';
      return;
    }
    const { completions, slot } = this.#p;
    const start = this.#pathTrail[this.#depth]!;
    while (this.#trailEnd > start) this.#undo(this.#trail[--this.#trailEnd]!);
    this.#depth--;
    this.#value = this.#pathValue[this.#depth]!;
    const level = this.#pathLevel[this.#depth]!;
    // Calls done before this node whose turn it ended get their bits back.
    while (this.#level > level) {
      const target = completions[--this.#level]!;
      if (this.#isDone[target] === 0) continue;
      const s = slot[target]!;
      this.#done[s >>> 5]! |= 1 << (s & 31);
    }
  }

  #count(o: number, by: number): void {
    const { needs, sets, closed } = this.#p;
    if (needs === null || sets === null) return;
    if (o < closed && needs[o]! >= 0) this.#needed[needs[o]!]! += by;
    if (sets[o]! >= 0) this.#supply[sets[o]!]! += by;
  }
}

/** A doubly linked ring of 0..size-1 with its head at `size`. */
function ring(size: number): [next: Int32Array, previous: Int32Array] {
  const next = new Int32Array(size + 1);
  const previous = new Int32Array(size + 1);
  for (let i = 0; i <= size; i++) {
    next[i] = i === size ? 0 : i + 1;
    previous[i] = i === 0 ? size : i - 1;
  }
  return [next, previous];
}

function unlink(next: Int32Array, previous: Int32Array, i: number): void {
  next[previous[i]!] = next[i]!;
  previous[next[i]!] = previous[i]!;
}

/** The reverse of `unlink`, if everything unlinked after it is linked again. */
function relink(next: Int32Array, previous: Int32Array, i: number): void {
  next[previous[i]!] = i;
  previous[next[i]!] = i;
}

/** Fixed pseudo-random words: the Weyl sequence of the golden ratio, mixed as in MurmurHash3. */
function randomWords(count: number): Int32Array {
  const words = new Int32Array(count);
  let weyl = 0x9e3779b9;
  for (let i = 0; i < count; i++) {
    weyl = (weyl + 0x9e3779b9) | 0;
    let mixed = weyl ^ (weyl >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    words[i] = mixed ^ (mixed >>> 16);
  }
  return words;
}
