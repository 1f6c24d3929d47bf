/**
 * Orders of versions that nobody read: whether some choice of them leaves no forbidden cycle. Adya
 * (PhD thesis, MIT 1999) gives a history an order of versions; a history of what clients saw has
 * one only in part, and holds of a model if one order of the rest does.
 *
 * Of each pair of versions one comes first, which adds edges: from the writer and the readers of
 * the first to the writer of the second. Paths are kept as sets of bits, so that a choice that
 * closes a cycle is seen at once and the other one follows; only where both are left is one tried
 * and taken back.
 */
import { type Components, componentsOf } from './components.ts';
import { type CycleRule, isWeaker, kindsOf, layersOf } from './cycle-rules.ts';
import { type Edge, findCycles } from './cycles.ts';
import {
  ALL_KINDS,
  DependencyGraph,
  PROCESS,
  REALTIME,
  RW,
  type SealedGraph,
  WR,
  WW,
} from './dependency-graph.ts';
import { type ChosenEdge, type Mark, Paths } from './rule-paths.ts';

/** A version that others could keep: who wrote it, and who read it from outside. */
export interface OpenVersion {
  readonly writer: number;
  readonly readers: readonly number[];
}

/** Versions of one key by different writers, whose order is known in part at most. */
export interface OpenKey {
  readonly key: number;
  readonly versions: readonly OpenVersion[];
}

/** Two versions of a key of which one comes first. */
export interface Choice {
  readonly key: number;
  readonly versions: readonly [OpenVersion, OpenVersion];
  /** What follows if the first of them does, and if the second does. */
  readonly edges: readonly [readonly ChosenEdge[], readonly ChosenEdge[]];
}

function choiceOf(key: number, a: OpenVersion, b: OpenVersion): Choice {
  return { key, versions: [a, b], edges: [edgesOf(a, b, key), edgesOf(b, a, key)] };
}

/** More states than these have too many paths to keep. */
const MAX_STATES = 1 << 12;
/** More pairs than these are not tried. */
const MAX_PAIRS = 1 << 14;

/** Half a second of one core. */
const MAX_STEPS = 20_000_000;

/** Kinds of edges by which to sort everything, where they allow an order at all. */
const GUESSED = [ALL_KINDS, ALL_KINDS & ~REALTIME, WW | WR | RW, WW | WR | PROCESS, WW | WR];

export type Decision = 'possible' | 'impossible' | 'open';

/** What is not known of orders of versions. */
export interface OpenOrders {
  readonly open: readonly OpenKey[];
  /** What holds of them if no update is lost. */
  readonly withoutLostUpdates: readonly ChosenEdge[];
}

export class VersionChoices {
  readonly #graph: SealedGraph;
  readonly #everything: Components;
  readonly #updates: readonly ChosenEdge[];
  readonly #keys: readonly OpenKey[];
  readonly #limit: number;
  /** Words of paths that were looked at. */
  steps = 0;

  /**
   * `everything`: components of the graph by edges of all kinds. `steps` bounds the work of all
   * questions together, with `MAX_STEPS`.
   */
  constructor(
    graph: SealedGraph,
    everything: Components,
    { open, withoutLostUpdates }: OpenOrders,
    steps: number,
  ) {
    this.#graph = graph;
    this.#everything = everything;
    this.#updates = withoutLostUpdates;
    this.#keys = open;
    this.#limit = Math.min(steps, MAX_STEPS);
  }

  /** By rule: whether some order keeps it. What keeps a rule keeps the weaker ones. */
  decideAll(rules: readonly CycleRule[]): ReadonlyMap<CycleRule, Decision> {
    const decisions = new Map<CycleRule, Decision>();
    for (const rule of [...rules].reverse()) {
      const isKept = [...decisions].some(
        ([other, decision]) => decision === 'possible' && isWeaker(rule, other),
      );
      decisions.set(rule, isKept ? 'possible' : this.decide(rule));
    }
    return decisions;
  }

  /** Whether some order of all versions has no cycle that the rule forbids. */
  decide(rule: CycleRule): Decision {
    if (this.#keys.length === 0 || this.#guess(rule)) return 'possible';
    const pairs = this.#pairs();
    if (pairs === null || this.#graph.nodes * layersOf(rule) > MAX_STATES) return 'open';
    return this.#solve(rule, pairs);
  }

  /**
   * Few choices of which each leads to a cycle: all that are left out make no difference. Fewest
   * where the work allows it.
   */
  core(rule: CycleRule): readonly Choice[] {
    let needed = this.#pairs() ?? [];
    for (let size = Math.ceil(needed.length / 2); size > 0; size = size === 1 ? 0 : size >> 1) {
      for (let from = 0; from < needed.length && this.steps < this.#limit; ) {
        const rest = [...needed.slice(0, from), ...needed.slice(from + size)];
        if (this.#solve(rule, rest) === 'impossible') needed = rest;
        else from += size;
      }
    }
    return needed;
  }

  /** The graph with what the rule by itself says of open orders. */
  graphOf({ noLostUpdate }: CycleRule): SealedGraph {
    return noLostUpdate ? extended(this.#graph, this.#updates) : this.#graph;
  }

  /** Versions in one order of everything: right wherever the history is simple. */
  #guess(rule: CycleRule): boolean {
    const graph = this.graphOf(rule);
    return GUESSED.some((kinds) => {
      const isKnown = kinds === ALL_KINDS && graph === this.#graph;
      const order = isKnown ? this.#everything : componentsOf(graph, { kinds, regions: null });
      if (order.cyclic) return false;
      const rank = (transaction: number) => order.of[transaction]!;
      const edges = this.#edgesBy(rank);
      // What is reached has a lower number than what leads there: such edges close no cycle.
      if (kinds === ALL_KINDS && edges.every(({ from, to }) => rank(from) > rank(to))) return true;
      return this.#keeps(rule, edges);
    });
  }

  /** What follows if the versions are in this order: the higher a writer's rank, the earlier. */
  #edgesBy(rank: (transaction: number) => number): readonly ChosenEdge[] {
    const ranks = new Map<number, number>();
    for (const { versions } of this.#keys)
      for (const { writer } of versions) if (!ranks.has(writer)) ranks.set(writer, rank(writer));
    const edges = this.#keys.flatMap(({ key, versions }) => {
      const sorted = [...versions].sort((a, b) => ranks.get(b.writer)! - ranks.get(a.writer)!);
      return sorted.slice(1).flatMap((next, i) => edgesOf(sorted[i]!, next, key));
    });
    this.steps += edges.length;
    return edges;
  }

  /** Whether the graph with these edges has no cycle that the rule forbids. */
  #keeps(rule: CycleRule, edges: readonly ChosenEdge[]): boolean {
    this.steps += this.#graph.to.length;
    // Without any cycle there is none with one rw edge.
    const kinds = rule.rw === 'one' ? rule.kinds | RW : kindsOf(rule);
    const part = { kinds, regions: null, apart: rule.rw === 'apart' };
    return !componentsOf(extended(this.graphOf(rule), edges), part).cyclic;
  }

  #pairs(): readonly Choice[] | null {
    let count = 0;
    for (const { versions } of this.#keys) count += (versions.length * (versions.length - 1)) / 2;
    if (count > MAX_PAIRS) return null;
    return this.#keys.flatMap(({ key, versions }) =>
      versions.flatMap((a, i) => versions.slice(i + 1).map((b) => choiceOf(key, a, b))),
    );
  }

  #solve(rule: CycleRule, pairs: readonly Choice[]): Decision {
    const paths = new Paths(this.graphOf(rule), rule);
    const isOver = () => this.steps + paths.steps > this.#limit;
    const open = new Set(pairs);
    /** Choices that were free: what was done before, and what is left to try. */
    const tried: { mark: Mark; closed: Choice[]; choice: Choice; first: 0 | 1 }[] = [];
    let closed: Choice[] = [];
    let result: Decision | null = paths.closed ? 'impossible' : null;
    const take = (choice: Choice, first: 0 | 1): boolean => {
      open.delete(choice);
      closed.push(choice);
      return paths.add(choice.edges[first]);
    };
    while (result === null) {
      if (isOver()) {
        result = 'open';
        break;
      }
      if (forced(open, paths, take, isOver)) {
        if (isOver()) continue;
        const [free] = open;
        if (
          free === undefined ||
          this.#keeps(
            rule,
            this.#edgesBy((t) => paths.reached(t)),
          )
        ) {
          result = 'possible';
          break;
        }
        const [a, b] = free.versions;
        const first = paths.reached(a.writer) < paths.reached(b.writer) ? 1 : 0;
        tried.push({ mark: paths.mark(), closed, choice: free, first });
        closed = [];
        if (take(free, first)) continue;
      }
      // The other way round, at the last choice that has one.
      for (;;) {
        const last = tried.pop();
        for (const choice of closed) open.add(choice);
        if (last === undefined) {
          result = 'impossible';
          break;
        }
        paths.back(last.mark);
        closed = last.closed;
        if (take(last.choice, last.first === 0 ? 1 : 0)) break;
      }
    }
    this.steps += paths.steps;
    return result;
  }
}

/** Makes the choices of which one side closes a cycle until none is left; false if both do. */
function forced(
  open: ReadonlySet<Choice>,
  paths: Paths,
  take: (choice: Choice, first: 0 | 1) => boolean,
  isOver: () => boolean,
): boolean {
  for (let again = true; again; ) {
    again = false;
    for (const choice of open) {
      if (isOver()) return true;
      const isFirst = paths.allows(choice.edges[0]);
      const isLast = paths.allows(choice.edges[1]);
      if (!isFirst && !isLast) return false;
      if (isFirst && isLast) continue;
      if (!take(choice, isFirst ? 0 : 1)) return false;
      again = true;
    }
  }
  return true;
}

/** What follows from one version before another. */
function edgesOf(first: OpenVersion, next: OpenVersion, key: number): ChosenEdge[] {
  const to = next.writer;
  const edges = [{ from: first.writer, to, kind: WW, key }];
  for (const from of first.readers) if (from !== to) edges.push({ from, to, kind: RW, key });
  return edges;
}

/** A graph with more edges. */
export function extended(graph: SealedGraph, edges: readonly ChosenEdge[]): SealedGraph {
  const whole = new DependencyGraph(graph.transactions);
  for (let node = graph.transactions; node < graph.nodes; node++) whole.waypoint();
  for (let node = 0; node < graph.nodes; node++) {
    for (let at = graph.start[node]!; at < graph.start[node + 1]!; at++)
      whole.add(node, graph.to[at]!, graph.kind[at]!, graph.key[at]!);
  }
  for (const { from, to, kind, key } of edges) whole.add(from, to, kind, key);
  return whole.seal();
}

/** How many ways to choose are gone through, and how many edges are walked for each. */
const MAX_CASES = 8;
const CASE_STEPS = 1 << 20;

/** A way to choose, and the cycle that it leads to. */
export interface Case {
  readonly chosen: readonly Choice[];
  readonly cycle: readonly Edge[];
}

/** The cycles to which these choices lead, by what was chosen until there was one. */
export function casesAgainst(
  graph: SealedGraph,
  rule: CycleRule,
  core: readonly Choice[],
): readonly Case[] {
  const cases: Case[] = [];
  const go = (chosen: readonly Choice[]) => {
    if (cases.length >= MAX_CASES) return;
    const edges = chosen.flatMap(({ edges: [first] }) => first);
    const { found } = findCycles(extended(graph, edges), CASE_STEPS);
    const worst = found.find(({ name }) => rule.covers.has(name));
    if (worst !== undefined) {
      cases.push({ chosen, cycle: worst.cycle });
      return;
    }
    const next = core[chosen.length];
    if (next === undefined) return;
    const [a, b] = next.versions;
    go([...chosen, next]);
    go([...chosen, choiceOf(next.key, b, a)]);
  };
  go([]);
  return cases;
}
