/**
 * Version vectors and causal contexts: what somebody has seen of the events of several actors.
 *
 * An *actor* (a replica, for its life) numbers its events 1, 2, 3 ...; a *dot* is one event. A
 * *version vector* says "all events of each actor up to this number" (Parker et al. 1983,
 * "Detection of Mutual Inconsistency in Distributed Systems"; Mattern 1989 for clocks of the same
 * shape). A *causal context* is a vector and single dots beyond it: what a vector alone cannot say
 * is that event 3 is known and event 2 is not (Preguiça et al. 2012, "Brief Announcement: Efficient
 * Causality Tracking in Distributed Storage Systems with Dotted Version Vectors").
 *
 * Pure functions over plain data: nothing that is passed in is changed.
 */

/** By actor, the number of events seen. An actor without an entry has 0. */
export type VersionVector = { readonly [actor: string]: number };

/** One event: the n-th of an actor, from 1. */
export type Dot = readonly [actor: string, n: number];

/** A set of events: those of the vector, and the dots beyond it. */
export type CausalContext = {
  readonly vector: VersionVector;
  /** Not in the vector, nor next after it; in the order of `compareDots`. */
  readonly dots: readonly Dot[];
};

export const NO_EVENTS: VersionVector = {};
export const NOTHING_SEEN: CausalContext = { vector: NO_EVENTS, dots: [] };

export type Causality = 'equal' | 'before' | 'after' | 'concurrent';

// --- Vectors -----------------------------------------------------------------------------------

export function countOf(vector: VersionVector, actor: string): number {
  return Object.hasOwn(vector, actor) ? (vector[actor] ?? 0) : 0;
}

/** The vector with one more event of the actor. */
export function increment(vector: VersionVector, actor: string): VersionVector {
  return { ...vector, [actor]: countOf(vector, actor) + 1 };
}

/** Has `a` seen all that `b` has? */
export function descends(a: VersionVector, b: VersionVector): boolean {
  for (const actor of Object.keys(b)) if (countOf(a, actor) < countOf(b, actor)) return false;
  return true;
}

/** How `a` stands to `b`: `before` if all that `a` has seen, and not all of `b`'s, is in `b`. */
export function compareVectors(a: VersionVector, b: VersionVector): Causality {
  const over = descends(a, b);
  const under = descends(b, a);
  if (over) return under ? 'equal' : 'after';
  return under ? 'before' : 'concurrent';
}

/** The least vector that has seen what either has. */
export function mergeVectors(a: VersionVector, b: VersionVector): VersionVector {
  if (descends(a, b)) return a;
  const merged: { [actor: string]: number } = { ...a };
  for (const actor of Object.keys(b)) {
    merged[actor] = Math.max(countOf(a, actor), countOf(b, actor));
  }
  return merged;
}

// --- Contexts ----------------------------------------------------------------------------------

/** Total: by actor, then by number. */
export function compareDots([actorA, a]: Dot, [actorB, b]: Dot): number {
  if (actorA !== actorB) return actorA < actorB ? -1 : 1;
  return a - b;
}

export function sameDot([actorA, a]: Dot, [actorB, b]: Dot): boolean {
  return a === b && actorA === actorB;
}

/** Is this event among those seen? */
export function covers({ vector, dots }: CausalContext, dot: Dot): boolean {
  return dot[1] <= countOf(vector, dot[0]) || dots.some((seen) => sameDot(seen, dot));
}

/** The highest number of an actor's events that were seen, whether or not all before it were. */
export function latestOf({ vector, dots }: CausalContext, actor: string): number {
  let latest = countOf(vector, actor);
  for (const [of, n] of dots) if (of === actor && n > latest) latest = n;
  return latest;
}

export function withDot(context: CausalContext, dot: Dot): CausalContext {
  if (covers(context, dot)) return context;
  return compact(context.vector, [...context.dots, dot]);
}

/** All events that either has seen. */
export function mergeContexts(a: CausalContext, b: CausalContext): CausalContext {
  const vector = mergeVectors(a.vector, b.vector);
  if (a.dots.length === 0 && b.dots.length === 0) return { vector, dots: [] };
  return compact(vector, [...a.dots, ...b.dots]);
}

/**
 * Has `a` seen all that `b` has? A context has no dot next after its vector, so what is missing in
 * the vector of `a` is a gap.
 */
export function contextDescends(a: CausalContext, b: CausalContext): boolean {
  return descends(a.vector, b.vector) && b.dots.every((dot) => covers(a, dot));
}

export function sameContext(a: CausalContext, b: CausalContext): boolean {
  return contextDescends(a, b) && contextDescends(b, a);
}

/**
 * What is left of two collections of items, each of which an event has made: what both hold, and
 * what one holds and the other has never seen. What one has seen and does not hold was replaced.
 */
export function survivors<T>(
  a: readonly T[],
  seenByA: CausalContext,
  b: readonly T[],
  seenByB: CausalContext,
  dotOf: (item: T) => Dot,
): readonly T[] {
  const isIn = (items: readonly T[], dot: Dot) => items.some((one) => sameDot(dot, dotOf(one)));
  const kept = a.filter((item) => isIn(b, dotOf(item)) || !covers(seenByB, dotOf(item)));
  // A pruned context may have dropped what is held.
  const fresh = b.filter((item) => !covers(seenByA, dotOf(item)) && !isIn(a, dotOf(item)));
  return [...kept, ...fresh];
}

/** Takes into the vector what follows without a gap, drops what it has, sorts the rest. */
function compact(given: VersionVector, dots: readonly Dot[]): CausalContext {
  const vector: { [actor: string]: number } = { ...given };
  const rest: Dot[] = [];
  for (const dot of [...dots].sort(compareDots)) {
    const [actor, n] = dot;
    const known = countOf(vector, actor);
    if (n <= known) continue;
    if (n === known + 1) vector[actor] = n;
    else if (rest.length === 0 || !sameDot(rest[rest.length - 1] as Dot, dot)) rest.push(dot);
  }
  return { vector, dots: rest };
}
