/**
 * Levels of isolation by definition (Adya, PhD thesis, MIT 1999), for small histories: a history
 * keeps a level if for some choice of what became of transactions of unknown outcome, and for some
 * order of the versions of each key, its serialization graph has none of what the level forbids.
 *
 * Every order of versions is tried, so nothing is inferred here. Written without the code of the
 * checker: plain maps, cycles by reachability.
 */
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

export const naiveLevels = [
  'read-committed',
  'cursor-stability',
  'repeatable-read',
  'snapshot-isolation',
  'strong-session-snapshot-isolation',
  'strong-snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
] as const;
export type NaiveLevel = (typeof naiveLevels)[number];

type Step = readonly [f: string, key: string, value: Plain];
type Kind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly key: string | null;
}

/** One choice: who wrote each key in which order, by transaction. */
type Orders = ReadonlyMap<string, readonly number[]>;

/** The levels that a history of lists or registers keeps. */
export function naivelyKept(history: History, f: 'append' | 'w'): ReadonlySet<NaiveLevel> {
  const kept = new Set<NaiveLevel>();
  const unknown = history.filter(({ outcome }) => outcome === 'info');
  for (let choice = 0; choice < 1 << unknown.length; choice++) {
    const happened = history.filter((operation) => {
      const place = unknown.indexOf(operation);
      return place < 0 ? operation.outcome === 'ok' : ((choice >> place) & 1) === 1;
    });
    for (const orders of ordersOf(happened, f)) {
      const edges = graphOf(happened, orders, f);
      if (edges === null) continue;
      for (const level of naiveLevels) {
        if (!kept.has(level) && keeps(level, edges, happened.length)) kept.add(level);
      }
      if (kept.size === naiveLevels.length) return kept;
    }
  }
  return kept;
}

const stepsOf = ({ outcome, input, output }: Operation) =>
  (outcome === 'ok' ? output : input) as readonly Step[];

function* ordersOf(happened: History, f: string): Generator<Orders> {
  const writers = new Map<string, Set<number>>();
  for (const [t, operation] of happened.entries()) {
    for (const [does, key] of stepsOf(operation)) {
      if (does === f) writers.set(key, (writers.get(key) ?? new Set()).add(t));
    }
  }
  const keys = [...writers];
  function* choose(at: number, chosen: Map<string, readonly number[]>): Generator<Orders> {
    const entry = keys[at];
    if (entry === undefined) {
      yield chosen;
      return;
    }
    for (const order of permutations([...entry[1]])) {
      yield* choose(at + 1, new Map(chosen).set(entry[0], order));
    }
  }
  yield* choose(0, new Map());
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

/** The version after each number of installed writers: a list, or the last value. */
function versionsOf(happened: History, order: readonly number[], key: string, f: string) {
  let now: Plain = null;
  return [
    now,
    ...order.map((t) => {
      for (const [does, k, value] of stepsOf(happened[t] as Operation)) {
        if (does !== f || k !== key) continue;
        now = f === 'append' ? [...((now ?? []) as readonly Plain[]), value] : value;
      }
      return now;
    }),
  ];
}

/** A list that was read is how all of it begins, its own appends included (Elle: traceability). */
function readsBeginnings(operation: Operation, happened: History, orders: Orders): boolean {
  if (operation.outcome !== 'ok') return true;
  return stepsOf(operation).every(([does, key, value]) => {
    if (does !== 'r') return true;
    const all = (versionsOf(happened, orders.get(key) ?? [], key, 'append').at(-1) ??
      []) as readonly Plain[];
    const list = (value ?? []) as readonly Plain[];
    return same(all.slice(0, list.length), list);
  });
}

const same = (a: Plain, b: Plain) => JSON.stringify(a ?? []) === JSON.stringify(b ?? []);

/**
 * The edges; null if a read is no version that a transaction left, or contradicts its own steps.
 */
function graphOf(happened: History, orders: Orders, f: string): readonly Edge[] | null {
  const edges: Edge[] = [];
  for (const [key, order] of orders) {
    for (let i = 1; i < order.length; i++) {
      edges.push({ from: order[i - 1] as number, to: order[i] as number, kind: 'ww', key });
    }
  }
  if (
    f === 'append' &&
    !happened.every((operation) => readsBeginnings(operation, happened, orders))
  )
    return null;
  for (const [t, operation] of happened.entries()) {
    if (operation.outcome !== 'ok') continue;
    const own = new Map<string, Plain>();
    const outside = new Map<string, Plain>();
    const appended = new Map<string, Plain[]>();
    for (const [does, key, value] of stepsOf(operation)) {
      if (does !== 'r') {
        if (f === 'append') {
          const before = own.get(key);
          if (before === undefined) appended.set(key, [...(appended.get(key) ?? []), value]);
          else own.set(key, [...((before ?? []) as readonly Plain[]), value]);
        } else own.set(key, value);
        continue;
      }
      const known = own.get(key);
      if (known !== undefined && !same(known, value)) return null;
      if (known === undefined) {
        // What it appended before must be at the end; the rest is what it found.
        const tail = appended.get(key) ?? [];
        const list = (value ?? []) as readonly Plain[];
        const found = f === 'append' ? list.slice(0, list.length - tail.length) : value;
        if (f === 'append' && !same(list.slice(list.length - tail.length), tail)) return null;
        outside.set(key, found);
        own.set(key, value);
      }
    }
    for (const [key, value] of outside) {
      const order = orders.get(key) ?? [];
      const place = versionsOf(happened, order, key, f).findIndex((one) => same(one, value));
      if (place < 0) return null;
      const writer = order[place - 1];
      const next = order[place];
      // Its own later write is what it cannot have found.
      if (writer === t) return null;
      if (writer !== undefined) edges.push({ from: writer, to: t, kind: 'wr', key });
      if (next !== undefined && next !== t) edges.push({ from: t, to: next, kind: 'rw', key });
    }
  }
  for (const [a, first] of happened.entries()) {
    for (const [b, second] of happened.entries()) {
      if (a === b || first.outcome !== 'ok') continue;
      if (first.completedAtUs < second.invokedAtUs) {
        edges.push({ from: a, to: b, kind: 'realtime', key: null });
      }
      if (first.process === second.process && first.index < second.index) {
        edges.push({ from: a, to: b, kind: 'process', key: null });
      }
    }
  }
  return edges;
}

function keeps(level: NaiveLevel, edges: readonly Edge[], size: number): boolean {
  const data: Kind[] = ['ww', 'wr'];
  const orders: Kind[] = level.startsWith('strong-session')
    ? ['process']
    : level.startsWith('str')
      ? ['process', 'realtime']
      : [];
  const flows = edges.filter(({ kind }) => data.includes(kind) || orders.includes(kind));
  // G1: what was not committed has no place in an order; the rest is that information flows one
  // way.
  if (cyclic(flows, size)) return false;
  const anti = edges.filter(({ kind }) => kind === 'rw');
  switch (level) {
    case 'read-committed':
      return true;
    case 'cursor-stability': {
      // G-cursor: a cycle on one key of writes and one anti-dependency.
      const keys = new Set(anti.map(({ key }) => key));
      return [...keys].every((key) => {
        const writes = flows.filter((edge) => edge.kind === 'ww' && edge.key === key);
        const way = reach(writes, size);
        return anti.every((edge) => edge.key !== key || !way[edge.to]?.has(edge.from));
      });
    }
    case 'snapshot-isolation':
    case 'strong-session-snapshot-isolation':
    case 'strong-snapshot-isolation': {
      // Cerone & Gotsman (PODC 2016): dependencies, then perhaps one anti-dependency, go in no
      // circle.
      const jumps = flows.flatMap((flow) => [
        flow,
        ...anti.filter(({ from }) => from === flow.to).map(({ to }) => ({ ...flow, to })),
      ]);
      return !cyclic(jumps, size);
    }
    default:
      return !cyclic([...flows, ...anti], size);
  }
}

function reach(edges: readonly Edge[], size: number): readonly ReadonlySet<number>[] {
  const way = Array.from({ length: size }, () => new Set<number>());
  for (const { from, to } of edges) way[from]?.add(to);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      if (way[i]?.has(k)) for (const j of way[k] as Set<number>) way[i]?.add(j);
    }
  }
  return way;
}

function cyclic(edges: readonly Edge[], size: number): boolean {
  return reach(edges, size).some((way, i) => way.has(i));
}

/** Whether each transaction reads what it has itself read and written before. */
export function internallySound(history: History, f: 'append' | 'w'): boolean {
  return history.every((operation) => {
    if (operation.outcome !== 'ok') return true;
    const own = new Map<string, { readonly value: Plain; readonly whole: boolean }>();
    return stepsOf(operation).every(([does, key, value]) => {
      const before = own.get(key);
      if (does !== 'r') {
        const list =
          f === 'append' ? [...((before?.value ?? []) as readonly Plain[]), value] : value;
        own.set(key, { value: list, whole: f === 'w' || before?.whole === true });
        return true;
      }
      own.set(key, { value, whole: true });
      if (before === undefined) return true;
      if (before.whole) return same(before.value, value);
      const tail = before.value as readonly Plain[];
      return same(((value ?? []) as readonly Plain[]).slice(-tail.length), tail);
    });
  });
}

/** Whether at most one transaction appended to each list what nobody read. */
export function appendsRead(history: History): boolean {
  const read = new Set<string>();
  for (const operation of history) {
    if (operation.outcome !== 'ok') continue;
    for (const [does, key, value] of stepsOf(operation)) {
      if (does !== 'r') continue;
      for (const element of (value ?? []) as readonly Plain[]) read.add(`${key} ${element}`);
    }
  }
  const unread = new Set<string>();
  return history.every((operation) => {
    if (operation.outcome === 'fail') return true;
    const keys = new Set(
      stepsOf(operation).flatMap(([does, key, value]) =>
        does === 'r' || read.has(`${key} ${value}`) ? [] : [key],
      ),
    );
    const first = [...keys].every((key) => !unread.has(key));
    for (const key of keys) unread.add(key);
    return first;
  });
}

/** Whether somebody else read each last write of a transaction that may have happened. */
export function everythingRead(history: History): boolean {
  const read = new Set<string>();
  for (const operation of history) {
    if (operation.outcome !== 'ok') continue;
    const own = new Set(
      stepsOf(operation).flatMap(([does, ...write]) =>
        does === 'r' ? [] : [JSON.stringify(write)],
      ),
    );
    for (const [does, ...seen] of stepsOf(operation)) {
      const name = JSON.stringify(seen);
      if (does === 'r' && !own.has(name)) read.add(name);
    }
  }
  return history.every((operation) => {
    if (operation.outcome === 'fail') return true;
    const last = new Map<string, Plain>();
    for (const [does, key, value] of stepsOf(operation)) if (does !== 'r') last.set(key, value);
    return [...last].every((write) => read.has(JSON.stringify(write)));
  });
}
