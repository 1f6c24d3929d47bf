/**
 * What one replica holds of one key: the values that no other one replaces, side by side, and three
 * ways to decide which one replaces which.
 *
 * - `lww`: the value with the later stamp wins, and there is one value (Cassandra). Of equal stamps
 *   a deletion wins, then the value whose text is greater: any order will do that is the same
 *   everywhere. `lastWriter` makes it with another order.
 * - `vector`: one version vector for all values of a key together (Dynamo, section 4.4; Riak before
 *   2.0). A write that has not seen everything becomes one more sibling, and the vector says that
 *   it has seen all, which is too much: see `put`.
 * - `dotted`: each value has the dot of its write, beside a context of all that was ever seen
 *   (Preguiça et al. 2012, dotted version vectors; Almeida et al. 2014, "Scalable and Accurate
 *   Causality Tracking for Eventually Consistent Stores"). A write replaces what its context has
 *   seen, exactly.
 *
 * Merging is commutative and idempotent, and except for `vector` associative, so replicas that have
 * heard of the same writes hold the same, in whatever order they came. Nothing that is passed in is
 * changed.
 */
import type { Plain } from '../../sim/node.ts';
import {
  type CausalContext,
  compareDots,
  contextDescends,
  covers,
  type Dot,
  latestOf,
  mergeContexts,
  mergeVectors,
  NOTHING_SEEN,
  sameContext,
  sameDot,
  survivors,
  withDot,
} from './version-vector.ts';

/** One value as it was written. */
export type Sibling = {
  readonly dot: Dot;
  readonly value: Plain;
  /** A tombstone: it stands for the absence of a value, so that the deletion can spread. */
  readonly deleted: boolean;
  /** By the clock of the coordinator that took the write, in ms. */
  readonly stampMs: number;
};

/** All that is known of a key. */
export type SiblingSet = {
  readonly context: CausalContext;
  /** In the order of their dots. */
  readonly siblings: readonly Sibling[];
};

export const NOTHING_WRITTEN: SiblingSet = { context: NOTHING_SEEN, siblings: [] };

export interface NewWrite {
  readonly value: Plain;
  readonly deleted: boolean;
  readonly stampMs: number;
  /** What the writer had seen. */
  readonly seen: CausalContext;
  /** The replica that takes the write, unique for the life of its disk. */
  readonly actor: string;
}

export interface Written {
  readonly set: SiblingSet;
  /** What the writer has seen now: what it had, and its own write. */
  readonly seen: CausalContext;
}

export interface VersionScheme {
  /** Adds a write to what this replica holds. */
  put(held: SiblingSet, write: NewWrite): Written;
  merge(a: SiblingSet, b: SiblingSet): SiblingSet;
}

/** Which of two has what the other has not: equal sets need no repair. */
export function sameSet(a: SiblingSet, b: SiblingSet): boolean {
  if (a === b) return true;
  return (
    a.siblings.length === b.siblings.length &&
    a.siblings.every((sibling, i) => {
      const other = b.siblings[i] as Sibling;
      return sameDot(sibling.dot, other.dot) && sibling.stampMs === other.stampMs;
    }) &&
    sameContext(a.context, b.context)
  );
}

/** The values that are not deleted, the latest stamp first. */
export function valuesOf({ siblings }: SiblingSet): readonly Plain[] {
  return latestFirst(siblings)
    .filter(({ deleted }) => !deleted)
    .map(({ value }) => value);
}

/** The values are lists: the elements of all of them, each once, in the order first met. */
export function unionOf(set: SiblingSet): readonly Plain[] {
  const elements = new Map<string, Plain>();
  for (const value of valuesOf(set)) {
    for (const element of Array.isArray(value) ? value : [value]) {
      elements.set(JSON.stringify(element), element);
    }
  }
  return [...elements.values()];
}

function latestFirst(siblings: readonly Sibling[]): readonly Sibling[] {
  return siblings.length < 2 ? siblings : [...siblings].sort((a, b) => (wins(a, b) ? -1 : 1));
}

/** An order in which of two different writes exactly one wins. */
export type Wins = (a: Sibling, b: Sibling) => boolean;

/** Of equal stamps the write of the actor whose name is greater wins. */
export const winsByNode: Wins = (a, b) =>
  a.stampMs === b.stampMs && a.dot[0] !== b.dot[0] ? a.dot[0] > b.dot[0] : wins(a, b);

/** Does `a` win over `b` under last-writer-wins? Total: of two different ones exactly one wins. */
export function wins(a: Sibling, b: Sibling): boolean {
  if (a.stampMs !== b.stampMs) return a.stampMs > b.stampMs;
  if (a.deleted !== b.deleted) return a.deleted;
  const textA = JSON.stringify(a.value);
  const textB = JSON.stringify(b.value);
  return textA === textB ? compareDots(a.dot, b.dot) > 0 : textA > textB;
}

// --- Last writer wins --------------------------------------------------------------------------

/** One value of each key: the one that wins by this order. */
export function lastWriter(wins: Wins): VersionScheme {
  const merge = (a: SiblingSet, b: SiblingSet): SiblingSet => {
    const [mine] = a.siblings;
    const [other] = b.siblings;
    if (mine === undefined) return b;
    return other === undefined || wins(mine, other) ? a : b;
  };
  return {
    merge,
    put(held, { value, deleted, stampMs, actor, seen }) {
      const fresh: Sibling = { dot: [actor, 0], value, deleted, stampMs };
      return { set: merge(held, { context: NOTHING_SEEN, siblings: [fresh] }), seen };
    },
  };
}

// --- Plain version vectors ---------------------------------------------------------------------

/**
 * What the writer gets back is the vector of the whole, siblings included that it has never seen.
 * If it writes again with that, and another writer has written meanwhile, its own old value stays
 * beside the new one: two writers that take turns make a sibling each time ("sibling explosion").
 */
function putVector(held: SiblingSet, { value, deleted, stampMs, seen, actor }: NewWrite): Written {
  const n = latestOf(held.context, actor) + 1;
  const fresh: Sibling = { dot: [actor, n], value, deleted, stampMs };
  const replacesAll = contextDescends(seen, held.context);
  const siblings = replacesAll ? [fresh] : inOrder([...held.siblings, fresh]);
  const merged = mergeVectors(held.context.vector, seen.vector);
  const context = { vector: { ...merged, [actor]: n }, dots: [] };
  return { set: { context, siblings }, seen: context };
}

/**
 * One vector for several values cannot say which of them replaces which. A value that was replaced
 * on one replica can come back when another one merges it with a third: then it stays as a sibling
 * everywhere, since sets with equal vectors are united.
 */
function mergeVector(a: SiblingSet, b: SiblingSet): SiblingSet {
  const over = contextDescends(a.context, b.context);
  const under = contextDescends(b.context, a.context);
  if (over !== under) return over ? a : b;
  const missing = b.siblings.filter(({ dot }) => !a.siblings.some((own) => sameDot(own.dot, dot)));
  return {
    context: { vector: mergeVectors(a.context.vector, b.context.vector), dots: [] },
    siblings: inOrder([...a.siblings, ...missing]),
  };
}

// --- Dotted version vectors --------------------------------------------------------------------

function putDotted(held: SiblingSet, { value, deleted, stampMs, seen, actor }: NewWrite): Written {
  const dot: Dot = [actor, latestOf(held.context, actor) + 1];
  const fresh: Sibling = { dot, value, deleted, stampMs };
  const unseen = held.siblings.filter((sibling) => !covers(seen, sibling.dot));
  const context = withDot(mergeContexts(held.context, seen), dot);
  return { set: { context, siblings: inOrder([...unseen, fresh]) }, seen: withDot(seen, dot) };
}

function mergeDotted(a: SiblingSet, b: SiblingSet): SiblingSet {
  return {
    context: mergeContexts(a.context, b.context),
    siblings: inOrder(survivors(a.siblings, a.context, b.siblings, b.context, ({ dot }) => dot)),
  };
}

function inOrder(siblings: readonly Sibling[]): readonly Sibling[] {
  return siblings.toSorted((a, b) => compareDots(a.dot, b.dot));
}

export const schemes = {
  lww: lastWriter(wins),
  vector: { put: putVector, merge: mergeVector },
  dotted: { put: putDotted, merge: mergeDotted },
} as const satisfies { readonly [name: string]: VersionScheme };

export type SchemeName = keyof typeof schemes;

/** The mistake: of concurrent siblings only the latest is kept, as if the others had been seen. */
export function dropsSiblings({ put, merge }: VersionScheme): VersionScheme {
  const latest = ({ context, siblings }: SiblingSet): SiblingSet => ({
    context,
    siblings: latestFirst(siblings).slice(0, 1),
  });
  return {
    put: (held, write) => {
      const { set, seen } = put(held, write);
      return { set: latest(set), seen };
    },
    merge: (a, b) => latest(merge(a, b)),
  };
}
