/**
 * The dependency graph of a history: which transaction must come before which, and why. Edges are
 * rows in typed arrays, grouped by where they start once the graph is sealed.
 *
 * Besides transactions there are waypoints, which stand for many edges: from each of a crowd to all
 * of a set (`Fan`), and from each transaction to all that began after its end. An edge out of a
 * waypoint has no kind and counts as no step; its kind is that of the edge which entered.
 */

/** Kinds of edges, as bits, and as they are called. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;
/** Out of a waypoint. */
export const ONWARD = 32;
export const ALL_KINDS = WW | WR | RW | PROCESS | REALTIME;

export const kindNames: ReadonlyMap<number, string> = new Map([
  [WW, 'ww'],
  [WR, 'wr'],
  [RW, 'rw'],
  [PROCESS, 'process'],
  [REALTIME, 'realtime'],
]);

const FIRST_EDGES = 1 << 12;

export class DependencyGraph {
  /** Nodes below this number are transactions, the others waypoints. */
  readonly transactions: number;
  #nodes: number;
  #edges = 0;
  #from = new Int32Array(FIRST_EDGES);
  #to = new Int32Array(FIRST_EDGES);
  #kind = new Uint8Array(FIRST_EDGES);
  #key = new Int32Array(FIRST_EDGES);
  /** Which kinds of edges there are. */
  kinds = 0;

  constructor(transactions: number) {
    this.transactions = transactions;
    this.#nodes = transactions;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get edges(): number {
    return this.#edges;
  }

  waypoint(): number {
    return this.#nodes++;
  }

  /** `key` is that of the items concerned, or -1. An edge from a node to itself is left out. */
  add(from: number, to: number, kind: number, key: number): void {
    if (from === to) return;
    if (this.#edges === this.#from.length) this.#grow();
    const at = this.#edges++;
    this.#from[at] = from;
    this.#to[at] = to;
    this.#kind[at] = kind;
    this.#key[at] = key;
    this.kinds |= kind;
  }

  #grow(): void {
    const size = 2 * this.#from.length;
    const copy = <A extends Int32Array | Uint8Array>(into: A, old: A): A => {
      into.set(old);
      return into;
    };
    this.#from = copy(new Int32Array(size), this.#from);
    this.#to = copy(new Int32Array(size), this.#to);
    this.#kind = copy(new Uint8Array(size), this.#kind);
    this.#key = copy(new Int32Array(size), this.#key);
  }

  /** The edges grouped by where they start, those of one node in the order in which they came. */
  seal(): SealedGraph {
    const start = new Int32Array(this.#nodes + 1);
    for (let i = 0; i < this.#edges; i++) start[this.#from[i]! + 1]!++;
    for (let node = 0; node < this.#nodes; node++) start[node + 1]! += start[node]!;
    const next = start.slice(0, this.#nodes);
    const to = new Int32Array(this.#edges);
    const kind = new Uint8Array(this.#edges);
    const key = new Int32Array(this.#edges);
    for (let i = 0; i < this.#edges; i++) {
      const at = next[this.#from[i]!]!++;
      to[at] = this.#to[i]!;
      kind[at] = this.#kind[i]!;
      key[at] = this.#key[i]!;
    }
    return { transactions: this.transactions, nodes: this.#nodes, start, to, kind, key };
  }
}

/** Edges out of `node` are `start[node]` until `start[node + 1]`. */
export interface SealedGraph {
  readonly transactions: number;
  readonly nodes: number;
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
  readonly key: Int32Array;
}

/** So few targets are linked one by one. */
const FEW = 3;

/**
 * Edges to each of a set of transactions, but never to the one that they come from: two chains of
 * waypoints over the set, one to the end of it and one to its beginning, so that a crowd of sources
 * costs no more than two edges each.
 */
export class Fan {
  readonly #graph: DependencyGraph;
  readonly #targets: readonly number[];
  /** `#up[i]` leads to targets `i` and after, `#down[i]` to `i` and before. */
  #up: readonly number[] | null = null;
  #down: readonly number[] = [];
  readonly #places: ReadonlyMap<number, number>;

  /** A target that is given twice counts once. */
  constructor(graph: DependencyGraph, targets: Iterable<number>) {
    this.#graph = graph;
    this.#targets = [...new Set(targets)];
    this.#places = new Map(this.#targets.map((target, place) => [target, place]));
  }

  has(target: number): boolean {
    return this.#places.has(target);
  }

  link(from: number, kind: number, key: number): void {
    if (this.#targets.length <= FEW) {
      for (const target of this.#targets) this.#graph.add(from, target, kind, key);
      return;
    }
    const up = this.#up ?? this.#build();
    const place = this.#places.get(from);
    const after = up[place === undefined ? 0 : place + 1];
    const before = place === undefined ? undefined : this.#down[place - 1];
    if (after !== undefined) this.#graph.add(from, after, kind, key);
    if (before !== undefined) this.#graph.add(from, before, kind, key);
  }

  #build(): readonly number[] {
    const graph = this.#graph;
    const chain = () =>
      this.#targets.map((target) => {
        const waypoint = graph.waypoint();
        graph.add(waypoint, target, ONWARD, -1);
        return waypoint;
      });
    const up = chain();
    this.#up = up;
    this.#down = chain();
    for (let i = 1; i < up.length; i++) {
      graph.add(up[i - 1]!, up[i]!, ONWARD, -1);
      graph.add(this.#down[i]!, this.#down[i - 1]!, ONWARD, -1);
    }
    return up;
  }
}
