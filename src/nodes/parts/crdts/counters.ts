/**
 * Counters: each replica counts its own additions, and the sum of all is the value. A G-counter
 * only grows; a PN-counter counts what is added and what is taken away apart.
 */
import { type Crdt, mergeMaps, type ReplicaId } from './crdt.ts';

/** What one replica has added, and taken away. */
export type Tally = readonly [added: number, taken: number];
export type CounterState = { readonly [replica: ReplicaId]: Tally };

function mostOf([a, b]: Tally, [c, d]: Tally): Tally {
  return [Math.max(a, c), Math.max(b, d)];
}

export const counter: Crdt<CounterState> = {
  bottom: {},
  merge: (a, b) => mergeMaps(a, b, mostOf),
};

/**
 * Tallies are added up: right for operations that come once each, and the mistake for states, where
 * what comes again counts again.
 */
export const counterBySum: Crdt<CounterState> = {
  bottom: {},
  merge: (a, b) => mergeMaps(a, b, ([p, q], [r, s]) => [p + r, q + s] as const),
};

/** The delta of an addition; negative takes away. */
export function added(state: CounterState, replica: ReplicaId, delta: number): CounterState {
  const [up, down] = Object.hasOwn(state, replica) ? (state[replica] as Tally) : [0, 0];
  return { [replica]: delta >= 0 ? [up + delta, down] : [up, down - delta] };
}

/** The addition alone, which makes the delta of this state when it is added. */
export function addition(state: CounterState, delta: CounterState): CounterState {
  return Object.fromEntries(
    Object.entries(delta).map(([replica, [up, down]]) => {
      const [u, d] = Object.hasOwn(state, replica) ? (state[replica] as Tally) : [0, 0];
      return [replica, [up - u, down - d] as const];
    }),
  );
}

/**
 * The mistake: one number for each replica, of which the larger wins: what is taken away is lost.
 */
export function addedAsG(state: CounterState, replica: ReplicaId, delta: number): CounterState {
  const [up] = Object.hasOwn(state, replica) ? (state[replica] as Tally) : [0, 0];
  return { [replica]: [up + delta, 0] };
}

export function counterValue(state: CounterState): number {
  return Object.values(state).reduce((sum, [up, down]) => sum + up - down, 0);
}
