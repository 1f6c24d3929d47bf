/**
 * Isolation levels by their definitions, tried out exhaustively: which of unknown outcome have
 * committed, every serial order, every placing of snapshots and commits (Berenson et al. 1995,
 * "A Critique of ANSI SQL Isolation Levels", 4.2), and every version order of every key (Adya 1999,
 * chapters 3 and 4). For histories of a handful of transactions.
 */
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

type Step = readonly [f: string, key: string, value: Plain];

interface Transaction {
  readonly id: number;
  readonly process: number | string;
  readonly from: number;
  readonly to: number;
  readonly steps: readonly Step[];
  /** Nobody knows what one of unknown outcome has read. */
  readonly readsKnown: boolean;
}

/** Which transactions must precede which: (before, after) → yes. */
type Precedence = (before: Transaction, after: Transaction) => boolean;

const precedences: { readonly [prefix: string]: Precedence } = {
  '': () => false,
  // One of unknown outcome has no end: it may take effect after all that its process did next.
  'strong-session-': (a, b) => a.process === b.process && a.to < b.from,
  'strong-': (a, b) => a.to < b.from,
};

export const definedLevels = [
  'read-committed',
  'strong-session-read-committed',
  'strong-read-committed',
  'cursor-stability',
  'read-atomic',
  'causal-cerone',
  'prefix',
  'parallel-snapshot-isolation',
  'consistent-view',
  'update-serializable',
  'repeatable-read',
  'snapshot-isolation',
  'strong-session-snapshot-isolation',
  'strong-snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strong-serializable',
] as const;

/** The levels that hold of this history. */
export function levelsByDefinition(history: History, form: 'append' | 'w'): Set<string> {
  const all = history.map(transactionOf);
  const surely = all.filter((_, index) => history[index]?.outcome === 'ok');
  const perhaps = all.filter((_, index) => history[index]?.outcome === 'info');
  const held = new Set<string>();
  for (const some of subsetsOf(perhaps)) {
    const committed = [...surely, ...some];
    const run = new Attempt(committed, form);
    for (const [prefix, order] of Object.entries(precedences)) {
      const serial = `${prefix}serializable`;
      if (!held.has(serial) && run.isSerializable(order)) held.add(serial);
      const snapshot = `${prefix}snapshot-isolation`;
      if (!held.has(snapshot) && run.isSnapshotIsolated(order)) held.add(snapshot);
    }
    run.addByVersionOrders(held);
    if (form === 'w') run.addByVisibility(held);
  }
  return held;
}

function transactionOf(operation: Operation, id: number): Transaction {
  const known = operation.outcome === 'ok';
  return {
    ...{ id, process: operation.process, from: operation.invokedAtUs },
    ...{ to: operation.completedAtUs, readsKnown: known },
    steps: (known ? operation.output : operation.input) as unknown as Step[],
  };
}

type Values = readonly Plain[];
const same = (a: Plain, b: Plain) => JSON.stringify(a) === JSON.stringify(b);

/** Transactions of which these have committed and no others. */
class Attempt {
  readonly #committed: readonly Transaction[];
  readonly #form: 'append' | 'w';
  readonly #keys: readonly string[];

  constructor(committed: readonly Transaction[], form: 'append' | 'w') {
    this.#committed = committed;
    this.#form = form;
    this.#keys = [...new Set(committed.flatMap(({ steps }) => steps.map(([, key]) => key)))];
  }

  isSerializable(precedes: Precedence): boolean {
    return permutationsOf(this.#committed).some(
      (order) =>
        respects(order, precedes) && order.every((one, at) => this.#reads(one, order.slice(0, at))),
    );
  }

  /** Each reads a snapshot as of its start; of two that overlap, not both write one key. */
  isSnapshotIsolated(precedes: Precedence): boolean {
    return permutationsOf(this.#committed).some((commits) =>
      commits.every((one, at) =>
        Array.from({ length: at + 1 }, (_, start) => start).some(
          (start) =>
            commits.slice(start).every((other) => other === one || !precedes(other, one)) &&
            commits.slice(start, at).every((other) => !this.#conflict(other, one)) &&
            this.#reads(one, commits.slice(0, start)),
        ),
      ),
    );
  }

  #conflict(a: Transaction, b: Transaction): boolean {
    const keys = this.#writtenBy(a);
    return this.#writtenBy(b).some((key) => keys.includes(key));
  }

  #writtenBy({ steps }: Transaction): string[] {
    return steps.filter(([f]) => f !== 'r').map(([, key]) => key);
  }

  /** Whether one reads what these have left, in the order of this list. */
  #reads(one: Transaction, seen: readonly Transaction[]): boolean {
    return !one.readsKnown || this.#readsState(one, this.#stateAfter(seen));
  }

  #stateAfter(order: readonly Transaction[]): Map<string, Values> {
    const state = new Map<string, Values>();
    for (const { steps } of order) for (const step of steps) this.#apply(state, step);
    return state;
  }

  #apply(state: Map<string, Values>, [f, key, value]: Step): void {
    if (f === 'r') return;
    state.set(key, this.#form === 'append' ? [...(state.get(key) ?? []), value] : [value]);
  }

  #shows(state: ReadonlyMap<string, Values>, key: string, read: Plain): boolean {
    const values = state.get(key) ?? [];
    return this.#form === 'append' ? same(values, read ?? []) : same(values[0] ?? null, read);
  }

  #readsState({ steps }: Transaction, state: Map<string, Values>): boolean {
    return steps.every((step) => {
      this.#apply(state, step);
      return step[0] !== 'r' || this.#shows(state, step[1], step[2]);
    });
  }

  /** The levels that Adya defines over a graph, for some version order of each key. */
  addByVersionOrders(held: Set<string>): void {
    const writers = this.#keys.map((key) =>
      this.#committed.filter((one) => this.#writtenBy(one).includes(key)),
    );
    for (const orders of productOf(writers.map(permutationsOf))) {
      const versions = new Map(this.#keys.map((key, k) => [key, orders[k] as Transaction[]]));
      const edges = this.#dependencies(versions);
      if (edges === null) continue;
      const { reads, writes, overwrites, lost } = edges;
      const depends = [...reads, ...writes];
      for (const [prefix, precedes] of Object.entries(precedences)) {
        const given = this.#committed.flatMap((a) =>
          this.#committed.filter((b) => a !== b && precedes(a, b)).map((b): Edge => [a.id, b.id]),
        );
        if (!hasCycle([...depends, ...given])) held.add(`${prefix}read-committed`);
      }
      if (hasCycle(depends)) continue;
      if (!lost) held.add('cursor-stability');
      const single = overwrites.some(([from, to]) => reaches(depends, to, from));
      if (!single) held.add('consistent-view');
      if (!hasCycle([...depends, ...overwrites])) held.add('repeatable-read');
      const queries = this.#committed.filter((one) => this.#writtenBy(one).length === 0);
      const isUpdate = (id: number) => !queries.some((query) => query.id === id);
      const withQuery = (query: number | null) =>
        [...depends, ...overwrites].filter((edge) =>
          edge.every((id) => isUpdate(id) || id === query),
        );
      if ([null, ...queries.map(({ id }) => id)].every((query) => !hasCycle(withQuery(query))))
        held.add('update-serializable');
    }
  }

  /** Who depends on whom, or null where a read shows no committed version. */
  #dependencies(versions: ReadonlyMap<string, readonly Transaction[]>) {
    const reads: Edge[] = [];
    const writes: Edge[] = [];
    const overwrites: Edge[] = [];
    let lost = false;
    for (const order of versions.values()) {
      for (let at = 1; at < order.length; at++)
        writes.push([(order[at - 1] as Transaction).id, (order[at] as Transaction).id]);
    }
    for (const reader of this.#committed) {
      if (!reader.readsKnown) continue;
      const own = new Set<string>();
      const before = new Map<string, Values>();
      for (const step of reader.steps) {
        const [f, key, value] = step;
        const order = versions.get(key) ?? [];
        if (f !== 'r') {
          if (!own.has(key)) {
            const earlier = this.#stateAfter(order.slice(0, order.indexOf(reader))).get(key);
            if (earlier !== undefined) before.set(key, earlier);
          }
          own.add(key);
          this.#apply(before, step);
          continue;
        }
        if (own.has(key)) {
          if (!this.#shows(before, key, value)) return null;
          continue;
        }
        let at = 0;
        while (at <= order.length && !this.#shows(this.#stateAfter(order.slice(0, at)), key, value))
          at++;
        if (at > order.length) return null;
        const [writer, next] = [order[at - 1], order[at]];
        if (writer === reader) return null; // Its own, before it was written.
        if (writer !== undefined) reads.push([writer.id, reader.id]);
        if (next !== undefined && next !== reader) overwrites.push([reader.id, next.id]);
        // Somebody wrote between its read and its write of the key: G-cursor.
        if (order.indexOf(reader) > at) lost = true;
      }
    }
    return { reads, writes, overwrites, lost };
  }

  /** Cerone, Bernardi and Gotsman 2015: who sees whom, within one arbitration. */
  addByVisibility(held: Set<string>): void {
    const names = ['read-atomic', 'causal-cerone', 'prefix', 'parallel-snapshot-isolation'];
    for (const order of permutationsOf(this.#committed)) {
      if (names.every((name) => held.has(name))) return;
      /** By place: what one there can have seen, as sets of places. */
      const options = order.map((one, at) =>
        subsetsOf(Array.from({ length: at }, (_, place) => place)).filter((seen) =>
          this.#reads(
            one,
            seen.map((place) => order[place] as Transaction),
          ),
        ),
      );
      if (options.every((some) => some.length > 0)) held.add('read-atomic');
      const rules: [string, (seen: readonly number[], at: number, all: number[][]) => boolean][] = [
        ['causal-cerone', () => true],
        ['prefix', (seen) => seen.every((via) => range(via).every((one) => seen.includes(one)))],
        [
          'parallel-snapshot-isolation',
          (seen, at) =>
            range(at).every(
              (one) =>
                seen.includes(one) ||
                !this.#conflict(order[one] as Transaction, order[at] as Transaction),
            ),
        ],
      ];
      for (const [name, allows] of rules) {
        const choose = (at: number, chosen: number[][]): boolean =>
          at === order.length ||
          (options[at] ?? []).some(
            (seen) =>
              seen.every((via) => chosen[via]?.every((one) => seen.includes(one))) &&
              allows(seen, at, chosen) &&
              choose(at + 1, [...chosen, seen]),
          );
        if (!held.has(name) && choose(0, [])) held.add(name);
      }
    }
  }
}

const range = (length: number) => Array.from({ length }, (_, at) => at);

function respects(order: readonly Transaction[], precedes: Precedence): boolean {
  return order.every((later, b) => order.slice(b + 1).every((one) => !precedes(one, later)));
}

type Edge = readonly [from: number, to: number];

function reaches(edges: readonly Edge[], from: number, to: number): boolean {
  const found = new Set([from]);
  for (const node of found) {
    if (node === to) return true;
    for (const [a, b] of edges) if (a === node) found.add(b);
  }
  return false;
}

const hasCycle = (edges: readonly Edge[]) => edges.some(([from, to]) => reaches(edges, to, from));

function permutationsOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first, at) =>
    permutationsOf([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [first, ...rest]),
  );
}

function subsetsOf<T>(items: readonly T[]): T[][] {
  return range(2 ** items.length).map((mask) => items.filter((_, bit) => (mask >> bit) % 2 === 1));
}

function productOf<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>(
    (all, some) => all.flatMap((one) => some.map((choice) => [...one, choice])),
    [[]],
  );
}
