/**
 * Which version of a register comes before which, as far as one may infer it (Kingsbury & Alvaro,
 * Elle, VLDB 2020, section on registers): the initial state comes first; by option, a transaction's
 * read precedes its write, and the versions of one key follow the order of each process, or real
 * time.
 */
import { ABORTED, COMMITTED, type Transactions } from './transactions.ts';

/** What may be assumed about versions of one key. */
export interface VersionRules {
  /** A transaction that reads a key and writes it wrote over what it read. */
  readonly writesFollowReads: boolean;
  /** Each key is sequential: its versions follow the order of each process. */
  readonly sequential: boolean;
  /** Each key is linearizable: its versions follow real time. */
  readonly linearizable: boolean;
}

/** What a transaction has to do with a key from outside: versions, -1 is none. */
export interface Touch {
  readonly transaction: number;
  /** What it read first, before writing. */
  readonly read: number;
  /** What it wrote last. */
  readonly wrote: number;
}

/** One version before another, and the transactions that show it. */
export interface VersionEdge {
  readonly from: number;
  readonly to: number;
  readonly why: 'initial' | 'wfr' | 'process' | 'realtime';
  readonly before: number;
  readonly after: number;
}

/**
 * The edges between versions of one key. `initial` is its first version; touches come in the order
 * in which their transactions began.
 */
export function orderVersions(
  touches: readonly Touch[],
  initial: number,
  rules: VersionRules,
  transactions: Transactions,
): VersionEdge[] {
  const edges: VersionEdge[] = [];
  const met = new Set<string>();
  const add = (edge: VersionEdge) => {
    const name = `${edge.from}>${edge.to}`;
    if (edge.from === edge.to || met.has(name)) return;
    met.add(name);
    edges.push(edge);
  };
  if (rules.writesFollowReads) {
    for (const { transaction: t, read, wrote } of touches) {
      if (read < 0 || wrote < 0 || transactions.status[t] !== COMMITTED) continue;
      add({ from: read, to: wrote, why: 'wfr', before: t, after: t });
    }
  }
  const between = (a: Touch, b: Touch, why: 'process' | 'realtime') => {
    for (const from of [a.read, a.wrote]) {
      for (const to of [b.read, b.wrote]) {
        if (from < 0 || to < 0) continue;
        add({ from, to, why, before: a.transaction, after: b.transaction });
      }
    }
  };
  const firm = touches.filter(({ transaction: t }) => transactions.status[t] !== ABORTED);
  if (rules.sequential) inProcess(firm, transactions, (a, b) => between(a, b, 'process'));
  if (rules.linearizable) inTime(firm, transactions, (a, b) => between(a, b, 'realtime'));
  const followers = new Set(edges.map(({ to }) => to));
  for (const { transaction: t, read, wrote } of touches) {
    for (const version of [read, wrote]) {
      if (version < 0 || version === initial || followers.has(version)) continue;
      add({ from: initial, to: version, why: 'initial', before: -1, after: t });
    }
  }
  if (rules.writesFollowReads) addImmediate(edges, add);
  return edges;
}

/**
 * What was written over a version comes next after it, or an update is lost: before whatever else
 * comes after that version.
 */
function addImmediate(edges: readonly VersionEdge[], add: (edge: VersionEdge) => void): void {
  const next = new Map<number, VersionEdge>();
  for (const edge of edges) if (edge.why === 'wfr') next.set(edge.from, edge);
  for (const { from, to, why } of [...edges]) {
    const over = next.get(from);
    if (over === undefined || why === 'wfr') continue;
    add({ from: over.to, to, why: 'wfr', before: over.before, after: over.after });
  }
}

function inProcess(
  touches: readonly Touch[],
  { operations, status }: Transactions,
  link: (a: Touch, b: Touch) => void,
): void {
  const last = new Map<number, Touch>();
  for (const touch of touches) {
    const { process } = operations[touch.transaction]!;
    const before = last.get(process);
    if (before !== undefined) link(before, touch);
    if (status[touch.transaction] === COMMITTED) last.set(process, touch);
  }
}

/** Links each with those that ended before it began, except for what others between them imply. */
function inTime(
  touches: readonly Touch[],
  { operations, status }: Transactions,
  link: (a: Touch, b: Touch) => void,
): void {
  const ended = touches
    .filter(({ transaction: t }) => status[t] === COMMITTED)
    .sort((a, b) => completed(a) - completed(b) || a.transaction - b.transaction);
  function completed({ transaction: t }: Touch): number {
    return operations[t]!.completedAtUs;
  }
  let done = 0;
  let frontier: Touch[] = [];
  for (const touch of touches) {
    const { invokedAtUs } = operations[touch.transaction]!;
    while (done < ended.length && completed(ended[done]!) < invokedAtUs) {
      const next = ended[done++]!;
      const began = operations[next.transaction]!.invokedAtUs;
      frontier = frontier.filter((old) => completed(old) >= began);
      frontier.push(next);
    }
    for (const before of frontier) link(before, touch);
  }
}

/** The shortest circle of versions, if there is one. */
export function versionCycle(edges: readonly VersionEdge[]): readonly VersionEdge[] | null {
  const next = new Map<number, VersionEdge[]>();
  for (const edge of edges) {
    const list = next.get(edge.from);
    if (list === undefined) next.set(edge.from, [edge]);
    else list.push(edge);
  }
  if (isAcyclic(edges, next)) return null;
  let best: readonly VersionEdge[] | null = null;
  for (const origin of next.keys()) {
    const cycle = cycleFrom(origin, next, best?.length ?? Infinity);
    if (cycle !== null) best = cycle;
    if (best?.length === 2) break;
  }
  return best;
}

type Next = ReadonlyMap<number, readonly VersionEdge[]>;

/** Kahn's: whatever has nothing before it is taken away until nothing is left. */
function isAcyclic(edges: readonly VersionEdge[], next: Next): boolean {
  const before = new Map<number, number>();
  for (const { from, to } of edges) {
    before.set(to, (before.get(to) ?? 0) + 1);
    if (!before.has(from)) before.set(from, 0);
  }
  const free = [...before].filter(([, count]) => count === 0).map(([version]) => version);
  let taken = 0;
  for (let version = free.pop(); version !== undefined; version = free.pop()) {
    taken++;
    for (const { to } of next.get(version) ?? []) {
      const left = before.get(to)! - 1;
      before.set(to, left);
      if (left === 0) free.push(to);
    }
  }
  return taken === before.size;
}

/** The shortest circle through a version that has fewer edges than `below`. */
function cycleFrom(origin: number, next: Next, below: number): readonly VersionEdge[] | null {
  const reached = new Map<number, VersionEdge>();
  let level = [origin];
  for (let length = 1; length < below && level.length > 0; length++) {
    const after: number[] = [];
    for (const version of level) {
      for (const edge of next.get(version) ?? []) {
        if (edge.to === origin) {
          const cycle = [edge];
          for (let at = edge.from; at !== origin; at = cycle[0]!.from)
            cycle.unshift(reached.get(at)!);
          return cycle;
        }
        if (reached.has(edge.to)) continue;
        reached.set(edge.to, edge);
        after.push(edge.to);
      }
    }
    level = after;
  }
  return null;
}

/** The shortest way from one version to a later one, empty if there is none. */
export function versionPath(
  from: number,
  to: number,
  next: (version: number) => readonly VersionEdge[],
): readonly VersionEdge[] {
  const reached = new Map<number, VersionEdge>();
  const queue = [from];
  for (const version of queue) {
    for (const edge of next(version)) {
      if (reached.has(edge.to) || edge.to === from) continue;
      reached.set(edge.to, edge);
      queue.push(edge.to);
    }
    if (reached.has(to)) break;
  }
  const path: VersionEdge[] = [];
  for (let edge = reached.get(to); edge !== undefined; edge = reached.get(edge.from)) {
    path.unshift(edge);
  }
  return path;
}
