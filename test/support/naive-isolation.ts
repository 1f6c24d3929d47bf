/**
 * Isolation by definition, for small histories of transactions on lists or registers: every order
 * is tried. Transactions of unknown outcome may have happened or not.
 */
import { isDeepStrictEqual } from 'node:util';
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

type State = ReadonlyMap<string, Plain>;
type MicroOp = readonly [f: string, key: Plain, value?: Plain];

/** Runs a transaction; its writes go on top of what it reads. Null if it cannot have read this. */
function run(operation: Operation, from: State): State | null {
  const state = new Map(from);
  const seen = operation.outcome === 'ok';
  for (const [f, key, value = null] of (seen ? operation.output : operation.input) as MicroOp[]) {
    const name = JSON.stringify(key);
    const now = state.get(name) ?? null;
    if (f === 'append') state.set(name, [...((now ?? []) as Plain[]), value]);
    else if (f === 'w') state.set(name, value);
    else if (seen && !isDeepStrictEqual(empty(value), empty(now))) return null;
  }
  return state;
}

const empty = (value: Plain) => (Array.isArray(value) && value.length === 0 ? null : value);

const before = (a: Operation, b: Operation) => a.completedAtUs < b.invokedAtUs;

/** Whether some order of all explains what each read. `strict`: an order that real time allows. */
export function naivelySerializable(history: History, strict: boolean): boolean {
  const place = (left: readonly Operation[], state: State): boolean => {
    if (left.every(({ outcome }) => outcome === 'info')) return true;
    return left.some((next) => {
      const rest = left.filter((other) => other !== next);
      if (strict && rest.some((other) => before(other, next))) return false;
      const after = run(next, state);
      if (after !== null && place(rest, after)) return true;
      return false;
    });
  };
  return place(
    history.filter(({ outcome }) => outcome !== 'fail'),
    new Map(),
  );
}

/**
 * Generalized snapshot isolation: each transaction reads the state at some moment before its
 * commit, and no transaction that wrote one of its keys committed in between.
 */
export function naivelySnapshotIsolated(history: History): boolean {
  const keysWritten = ({ input }: Operation) =>
    new Set((input as MicroOp[]).filter(([f]) => f !== 'r').map(([, key]) => JSON.stringify(key)));
  interface Commit {
    readonly keys: ReadonlySet<string>;
    readonly state: State;
  }
  const place = (left: readonly Operation[], commits: readonly Commit[]): boolean => {
    if (left.every(({ outcome }) => outcome === 'info')) return true;
    return left.some((next) => {
      const rest = left.filter((other) => other !== next);
      const keys = keysWritten(next);
      for (let snapshot = commits.length - 1; snapshot >= 0; snapshot--) {
        const after = run(next, commits[snapshot]?.state ?? new Map());
        if (after !== null) {
          const state = new Map(commits.at(-1)?.state);
          for (const key of keys) state.set(key, after.get(key) ?? null);
          if (place(rest, [...commits, { keys, state }])) return true;
        }
        if ([...keys].some((key) => commits[snapshot]?.keys.has(key))) break;
      }
      return false;
    });
  };
  return place(
    history.filter(({ outcome }) => outcome !== 'fail'),
    [{ keys: new Set(), state: new Map() }],
  );
}
