/**
 * Sets. A G-set only grows. A 2P-set never takes an element again that was removed. An OR-set
 * removes the additions that the remover has seen, so that a concurrent addition wins (Bieniusa et
 * al. 2012, "An Optimized Conflict-free Replicated Set": a context in place of tombstones).
 */
import type { Plain } from '../../../sim/node.ts';
import {
  type CausalContext,
  compareDots,
  type Dot,
  latestOf,
  mergeContexts,
  NOTHING_SEEN,
  survivors,
  withDot,
} from '../version-vector.ts';
import { type Crdt, mergeMaps, type ReplicaId } from './crdt.ts';

// --- OR-set ------------------------------------------------------------------------------------

/** Elements by their JSON text, each with the dots of the additions that hold it. */
export type OrSetState = {
  readonly context: CausalContext;
  readonly elements: { readonly [json: string]: readonly Dot[] };
  /** With the mistake `orSetByValue`: elements that this delta removes, whoever added them. */
  readonly byValue?: readonly string[];
};

export const orSet: Crdt<OrSetState> = {
  bottom: { context: NOTHING_SEEN, elements: {} },
  merge(a, b) {
    const elements: { [json: string]: readonly Dot[] } = {};
    for (const json of new Set([...Object.keys(a.elements), ...Object.keys(b.elements)])) {
      const dots = survivors(dotsOf(a, json), a.context, dotsOf(b, json), b.context, itself);
      if (dots.length > 0) elements[json] = dots.toSorted(compareDots);
    }
    return { context: mergeContexts(a.context, b.context), elements };
  },
};

const itself = (dot: Dot) => dot;

function dotsOf({ elements }: OrSetState, json: string): readonly Dot[] {
  return Object.hasOwn(elements, json) ? (elements[json] ?? []) : [];
}

/** The delta of an addition: a new dot in place of those that held the element. */
export function addedTo(state: OrSetState, replica: ReplicaId, element: Plain): OrSetState {
  const json = JSON.stringify(element);
  const dot: Dot = [replica, latestOf(state.context, replica) + 1];
  const context = [...dotsOf(state, json), dot].reduce(withDot, NOTHING_SEEN);
  return { context, elements: { [json]: [dot] } };
}

/** The delta of a removal: the dots that were seen, and nothing else. */
export function removedFrom(state: OrSetState, element: Plain): OrSetState {
  const context = dotsOf(state, JSON.stringify(element)).reduce(withDot, NOTHING_SEEN);
  return { context, elements: {} };
}

/**
 * A change as an operation, applied once and in causal order (Shapiro et al. 2011, the op-based
 * OR-set): it adds its dot and takes away those that it has seen. Nothing is remembered of what is
 * gone, so an addition that comes after its removal would bring the element back.
 */
export function appliedTo(
  { merge }: Crdt<OrSetState>,
  state: OrSetState,
  change: OrSetState,
): OrSetState {
  const context = mergeContexts(state.context, change.context);
  return { ...merge({ ...state, context: NOTHING_SEEN }, change), context };
}

/** The mistake: what is removed is the element, and not the additions that were seen. */
export const orSetByValue: Crdt<OrSetState> = {
  bottom: orSet.bottom,
  merge(a, b) {
    const { context, elements } = orSet.merge(a, b);
    const gone = b.byValue ?? [];
    const kept = Object.entries(elements).filter(([json]) => !gone.includes(json));
    const byValue = [...new Set([...(a.byValue ?? []), ...gone])];
    return { context, elements: Object.fromEntries(kept), byValue };
  },
};

export function removedByValue(state: OrSetState, element: Plain): OrSetState {
  return { ...removedFrom(state, element), byValue: [JSON.stringify(element)] };
}

export function elementsOf({ elements }: OrSetState): readonly Plain[] {
  return Object.keys(elements).map((json) => JSON.parse(json) as Plain);
}

// --- 2P-set and G-set --------------------------------------------------------------------------

/** By JSON text: whether the element was removed. */
export type TwoPhaseState = { readonly [json: string]: boolean };

export const twoPhaseSet: Crdt<TwoPhaseState> = {
  bottom: {},
  merge: (a, b) => mergeMaps(a, b, (x, y) => x || y),
};

export function present(state: TwoPhaseState): readonly Plain[] {
  return Object.entries(state).flatMap(([json, removed]) =>
    removed ? [] : [JSON.parse(json) as Plain],
  );
}
