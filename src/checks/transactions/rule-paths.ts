/** Paths of a graph along what a rule allows, kept while edges are added and taken back. */
import { componentsOf } from './components.ts';
import { type CycleRule, kindsOf, layersOf } from './cycle-rules.ts';
import { ONWARD, RW, type SealedGraph } from './dependency-graph.ts';

/** An edge that follows from a choice. */
export interface ChosenEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly key: number;
}

/**
 * Which state leads to which along what a rule allows. With rw edges apart a transaction has two,
 * numbered as those of `componentsOf`: entered by an rw edge (1), after which no other may follow,
 * or otherwise (0).
 */
export class Paths {
  readonly #rule: CycleRule;
  readonly #states: number;
  readonly #words: number;
  readonly #reach: Uint32Array;
  /** Words before they were changed: where and what, one after the other. */
  readonly #undo: number[] = [];
  /** Where one rw edge is allowed: all of them, in pairs of from and to. */
  readonly #rw: number[] = [];
  /** Whether there is a cycle from the start. */
  closed = false;
  steps = 0;

  constructor(graph: SealedGraph, rule: CycleRule) {
    this.#rule = rule;
    this.#states = graph.nodes * layersOf(rule);
    this.#words = (this.#states + 31) >> 5;
    this.#reach = new Uint32Array(this.#states * this.#words);
    if (rule.rw === 'one') this.#collectSingle(graph);
    const part = { kinds: kindsOf(rule), regions: null, apart: rule.rw === 'apart' };
    const order = componentsOf(graph, part);
    this.closed = order.cyclic;
    if (!order.cyclic) this.#followAll(graph, order.of);
    if (!this.#keepsSingle()) this.closed = true;
  }

  #collectSingle(graph: SealedGraph): void {
    for (let node = 0; node < graph.nodes; node++) {
      for (let at = graph.start[node]!; at < graph.start[node + 1]!; at++) {
        if (graph.kind[at] !== RW) continue;
        for (const target of targetsOf(graph, graph.to[at]!)) this.#rw.push(node, target);
      }
    }
  }

  /**
   * All paths of a graph without cycles: what is reached has a lower number than what leads there.
   */
  #followAll({ nodes, start, to, kind, transactions }: SealedGraph, order: Int32Array): void {
    const words = this.#words;
    const layers = layersOf(this.#rule);
    const states = Array.from({ length: nodes * layers }, (_, state) => state);
    states.sort((a, b) => order[a]! - order[b]!);
    for (const state of states) {
      const node = (state / layers) | 0;
      for (let at = start[node]!; at < start[node + 1]!; at++) {
        for (const [from, target] of this.#steps(node, to[at]!, kind[at]!, transactions)) {
          if (from !== state) continue;
          this.steps += words;
          for (let w = 0; w < words; w++)
            this.#reach[state * words + w]! |= this.#reach[target * words + w]!;
          this.#reach[state * words + (target >> 5)]! |= 1 << (target & 31);
        }
      }
    }
  }

  /** An edge as steps between states; none where the rule does not walk it. */
  #steps(from: number, to: number, kind: number, transactions = Infinity): [number, number][] {
    const { kinds, rw } = this.#rule;
    if (rw !== 'apart') {
      const counts = kind === ONWARD || (kind & kinds) !== 0 || (kind === RW && rw === 'any');
      return counts ? [[from, to]] : [];
    }
    if (kind === ONWARD && from >= transactions)
      return [
        [2 * from, 2 * to],
        [2 * from + 1, 2 * to + 1],
      ];
    if (kind === RW) return [[2 * from, 2 * to + 1]];
    if ((kind & kinds) === 0) return [];
    return [
      [2 * from, 2 * to],
      [2 * from + 1, 2 * to],
    ];
  }

  #leads(from: number, to: number): boolean {
    return from === to || ((this.#reach[from * this.#words + (to >> 5)]! >>> (to & 31)) & 1) === 1;
  }

  /** Adds a step and all paths that it makes; false if it closes a cycle. */
  #join(from: number, to: number): boolean {
    if (this.#leads(to, from)) return false;
    if (this.#leads(from, to)) return true;
    const words = this.#words;
    this.steps += this.#states;
    for (let state = 0; state < this.#states; state++) {
      if (!this.#leads(state, from) || this.#leads(state, to)) continue;
      this.steps += words;
      const row = state * words;
      for (let w = 0; w < words; w++) {
        const old = this.#reach[row + w]!;
        let more = this.#reach[to * words + w]!;
        if (w === to >> 5) more |= 1 << (to & 31);
        const now = (old | more) >>> 0;
        if (now === old) continue;
        this.#undo.push(row + w, old);
        this.#reach[row + w] = now;
      }
    }
    return true;
  }

  /** How much comes after a transaction. */
  reached(transaction: number): number {
    const row = transaction * layersOf(this.#rule) * this.#words;
    let count = 0;
    for (let w = 0; w < this.#words; w++) count += bitsOf(this.#reach[row + w]!);
    this.steps += this.#words;
    return count;
  }

  /** Whether no rw edge closes a cycle with the rest. */
  #keepsSingle(): boolean {
    const rw = this.#rw;
    this.steps += rw.length;
    for (let i = 0; i < rw.length; i += 2) if (this.#leads(rw[i + 1]!, rw[i]!)) return false;
    return true;
  }

  /** Whether none of these closes a cycle; all of them end in one transaction. */
  allows(edges: readonly ChosenEdge[]): boolean {
    this.steps += edges.length;
    return edges.every(({ from, to, kind }) => {
      if (this.#rule.rw === 'one' && kind === RW) return !this.#leads(to, from);
      if (!this.#steps(from, to, kind).every(([a, b]) => !this.#leads(b, a))) return false;
      if (this.#rule.rw !== 'one') return true;
      this.steps += this.#rw.length;
      for (let i = 0; i < this.#rw.length; i += 2) {
        if (this.#leads(this.#rw[i + 1]!, from) && this.#leads(to, this.#rw[i]!)) return false;
      }
      return true;
    });
  }

  /** Adds edges that all end in one transaction; false if they close a cycle. */
  add(edges: readonly ChosenEdge[]): boolean {
    for (const { from, to, kind } of edges) {
      if (this.#rule.rw === 'one' && kind === RW) this.#rw.push(from, to);
      else for (const [a, b] of this.#steps(from, to, kind)) if (!this.#join(a, b)) return false;
    }
    return this.#keepsSingle();
  }

  /** How things are now, to come back to. */
  mark(): Mark {
    return { undo: this.#undo.length, rw: this.#rw.length };
  }

  back({ undo, rw }: Mark): void {
    while (this.#undo.length > undo) {
      const old = this.#undo.pop()!;
      this.#reach[this.#undo.pop()!] = old;
    }
    this.#rw.length = rw;
  }
}

/** The number of bits that are set (Warren, Hacker's Delight, 5-1). */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A state of the paths to come back to. */
export interface Mark {
  readonly undo: number;
  readonly rw: number;
}

/** The transactions to which an edge leads, over waypoints. */
function targetsOf({ transactions, start, to }: SealedGraph, node: number): readonly number[] {
  const met = new Set([node]);
  for (const one of met) {
    if (one < transactions) continue;
    for (let at = start[one]!; at < start[one + 1]!; at++) met.add(to[at]!);
  }
  return [...met].filter((one) => one < transactions);
}
