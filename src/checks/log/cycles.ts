/**
 * Cycles of dependencies between transactions on logs: `ww`, one stands right before the other in a
 * log; `wr`, one polled what the other sent; `realtime`, one was over before the other was invoked.
 *
 * A cycle of ww alone is G0, one with a wr is G1c (after Jepsen's Kafka test). Real time is not an
 * edge for each pair, but a chain of moments through which operations reach all later ones: as many
 * edges as operations. Of each strongly connected component a shortest cycle through an edge of the
 * kind wanted.
 */
import type { Dependency } from '../checker.ts';
import { show } from '../findings/values.ts';
import { componentsOf } from '../transactions/components.ts';
import {
  DependencyGraph,
  REALTIME,
  type SealedGraph,
  WR,
  WW,
} from '../transactions/dependency-graph.ts';
import type { LogError } from './log-error.ts';
import type { LogHistory, LogOperation, Message } from './log-history.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  /** Null on the chain of moments. */
  readonly because: { readonly first: Message; readonly second: Message } | null;
}

interface Graph {
  /** By number; moments come after them. */
  readonly operations: readonly LogOperation[];
  /** Outgoing, by node. */
  readonly edges: readonly (readonly Edge[])[];
  readonly sealed: SealedGraph;
}

export interface CycleOptions {
  /** Whether the order of sends in the logs counts. */
  readonly ww: boolean;
  readonly realtime: boolean;
}

/** One error for each component that has a cycle of the kind, the kinds apart. */
export function* cycles(history: LogHistory, { ww, realtime }: CycleOptions): Generator<LogError> {
  const graph = graphOf(history, realtime);
  const own = ww ? WW : 0;
  if (ww) yield* cyclesOf(graph, 'G0', WW, WW);
  yield* cyclesOf(graph, 'G1c', own | WR, WR);
  if (!realtime) return;
  if (ww) yield* cyclesOf(graph, 'G0-realtime', WW | REALTIME, REALTIME);
  yield* cyclesOf(graph, 'G1c-realtime', own | WR | REALTIME, REALTIME, WR);
}

// --- The graph ---------------------------------------------------------------------------------

/** Failed operations are left out: they happened not at all. */
function graphOf(history: LogHistory, realtime: boolean): Graph {
  const operations = history.operations.filter(
    ({ operation, assigned }) => operation.outcome !== 'fail' && assigned === null,
  );
  const numbers = new Map(operations.map((each, number) => [each, number]));
  const edges: Edge[][] = operations.map(() => []);
  const link = (
    writer: LogOperation | null,
    other: LogOperation | null,
    kind: number,
    because: Edge['because'],
  ) => {
    const from = writer === null ? undefined : numbers.get(writer);
    const to = other === null ? undefined : numbers.get(other);
    if (from === undefined || to === undefined || from === to) return;
    const out = edges[from] ?? [];
    const last = out.at(-1);
    if (last?.to !== to || last.kind !== kind) out.push({ from, to, kind, because });
  };
  for (const { places } of history.logs.values()) {
    let previous: Message | null = null;
    for (const { messages } of places) {
      const [next] = messages;
      if (next === undefined) continue;
      if (previous !== null) {
        const because = { first: previous, second: next };
        link(history.writerOf(previous), history.writerOf(next), WW, because);
      }
      previous = next;
    }
  }
  for (const reader of operations) {
    for (const messages of reader.polls.values()) {
      for (const message of messages) {
        link(history.writerOf(message), reader, WR, { first: message, second: message });
      }
    }
  }
  if (realtime) addMoments(operations, edges);
  return { operations, edges, sealed: sealed(operations.length, edges) };
}

/**
 * The chain: completions in order, each reaching the next; operations begin from the last before.
 */
function addMoments(operations: readonly LogOperation[], edges: Edge[][]): void {
  const numbered = operations.map(({ operation }, number) => ({ operation, number }));
  const completed = numbered
    .filter(({ operation }) => operation.outcome === 'ok')
    .sort((a, b) => a.operation.completedAtUs - b.operation.completedAtUs || a.number - b.number);
  const invoked = numbered.toSorted(
    (a, b) => a.operation.invokedAtUs - b.operation.invokedAtUs || a.number - b.number,
  );
  const first = operations.length;
  const edge = (from: number, to: number): Edge => ({ from, to, kind: REALTIME, because: null });
  let next = 0;
  for (const [moment, { operation, number }] of completed.entries()) {
    const node = first + moment;
    // Whoever was invoked by this completion cannot come after it.
    while (next < invoked.length) {
      const { operation: other, number: to } = invoked[next] ?? { operation, number };
      if (other.invokedAtUs > operation.completedAtUs) break;
      if (moment > 0) edges[node - 1]?.push(edge(node - 1, to));
      next++;
    }
    edges[number]?.push(edge(number, node));
    edges.push([]);
    if (moment > 0) edges[node - 1]?.push(edge(node - 1, node));
  }
  const last = first + completed.length - 1;
  for (; next < invoked.length && completed.length > 0; next++) {
    edges[last]?.push(edge(last, invoked[next]?.number ?? 0));
  }
}

// --- Cycles ------------------------------------------------------------------------------------

/** For how many edges of a component, at most, the shortest cycle through it is sought. */
const TRIES_MAX = 16;

/**
 * Of each component along edges in `mask` a short cycle through one in `needs`, and `alsoNeeds`.
 */
function* cyclesOf(
  graph: Graph,
  name: string,
  mask: number,
  needs: number,
  alsoNeeds = 0,
): Generator<LogError> {
  const components = componentsOf(graph.sealed, { kinds: mask, regions: null }).of;
  const tries = new Map<number, { left: number; best: readonly Edge[] | null }>();
  for (let node = 0; node < graph.operations.length; node++) {
    const component = components[node] ?? 0;
    for (const edge of graph.edges[node] ?? []) {
      if (components[edge.to] !== component || (edge.kind & needs) === 0) continue;
      let tried = tries.get(component);
      if (tried === undefined) {
        tried = { left: TRIES_MAX, best: null };
        tries.set(component, tried);
      }
      if (tried.left-- <= 0) break;
      const back = pathBack(graph, edge, components, mask);
      if (back === null) continue;
      const cycle = [edge, ...back];
      const isWanted = alsoNeeds === 0 || cycle.some(({ kind }) => (kind & alsoNeeds) !== 0);
      if (isWanted && cycle.length < (tried.best?.length ?? Infinity)) tried.best = cycle;
    }
  }
  for (const { best } of tries.values()) if (best !== null) yield errorOf(name, best, graph);
}

/** The shortest way from where an edge ends to where it begins, within its component. */
function pathBack(
  { edges }: Graph,
  { from, to }: Edge,
  components: Int32Array,
  mask: number,
): readonly Edge[] | null {
  const via = new Map<number, Edge | null>([[to, null]]);
  const queue = [to];
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head] ?? 0;
    if (node === from) break;
    for (const edge of edges[node] ?? []) {
      if ((edge.kind & mask) === 0 || components[edge.to] !== components[from]) continue;
      if (via.has(edge.to)) continue;
      via.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  if (!via.has(from)) return null;
  const path: Edge[] = [];
  for (let edge = via.get(from) ?? null; edge !== null; edge = via.get(edge.from) ?? null) {
    path.unshift(edge);
  }
  return path;
}

/** The edges alone, sorted by where they begin. */
function sealed(operations: number, edges: readonly (readonly Edge[])[]): SealedGraph {
  const graph = new DependencyGraph(operations);
  for (let moment = operations; moment < edges.length; moment++) graph.waypoint();
  for (const out of edges) for (const { from, to, kind } of out) graph.add(from, to, kind, -1);
  return graph.seal();
}

// --- Telling -----------------------------------------------------------------------------------

/** Moments are left out: what lies between two operations of the cycle is one edge of real time. */
function errorOf(name: string, cycle: readonly Edge[], { operations }: Graph): LogError {
  const steps = joinMoments(cycle, operations.length);
  const shown = steps.map(({ from }) => operations[from]).filter((each) => each !== undefined);
  const edges = steps.map((edge) => dependencyOf(edge, operations));
  const [key = ''] = steps.flatMap(({ because }) => because?.first.key ?? []);
  return {
    name,
    key,
    operations: shown,
    sentence: () => edges.map(({ because }) => because).join('; '),
    facts: () => ({ cycle: shown.map(({ operation }) => operation.index) }),
    edges,
  };
}

function joinMoments(cycle: readonly Edge[], operationCount: number): readonly Edge[] {
  // Begins at an operation, so that no chain of moments goes round the end.
  const start = cycle.findIndex(({ from }) => from < operationCount);
  const turned = [...cycle.slice(start), ...cycle.slice(0, start)];
  const steps: Edge[] = [];
  let from = -1;
  for (const edge of turned) {
    if (edge.from < operationCount) from = edge.from;
    if (edge.to < operationCount) steps.push({ ...edge, from });
  }
  return steps;
}

function dependencyOf({ from, to, kind, because }: Edge, all: readonly LogOperation[]): Dependency {
  const [a, b] = [all[from]?.operation.index ?? 0, all[to]?.operation.index ?? 0];
  if (because === null) {
    return { from: a, to: b, kind: 'realtime', because: `#${a} was over before #${b} was invoked` };
  }
  const { first, second } = because;
  if (kind === WW) {
    const text = `#${a} sent ${show(first.value)} to ${first.key}, right before ${show(second.value)} of #${b}`;
    return { from: a, to: b, kind: 'ww', because: text };
  }
  const text = `#${b} polled ${show(first.value)} from ${first.key}, which #${a} sent`;
  return { from: a, to: b, kind: 'wr', because: text };
}
