/**
 * A text that several edit: Logoot (Weiss, Urso & Molli 2009, "Logoot: A Scalable Optimistic
 * Replication Algorithm for Collaborative Editing on P2P Networks"). Each character has a position
 * in a dense order: digits, each with the replica that drew it, so that there always is room
 * between two. The position alone says where it stands, and not what its writer saw around it. So
 * words that two write at one place at once mix letter by letter (Kleppmann et al. 2019,
 * "Interleaving anomalies in collaborative text editors").
 *
 * With operations in causal order deleted characters could go. States merge in any order, so here
 * they stay as places.
 */
import type { Random } from '../../../sim/node.ts';
import { type Crdt, mergeMaps, type ReplicaId } from './crdt.ts';

type Letter = { readonly text: string; readonly deleted: boolean };

/** By name: the position, as `5@kv-1:1/12@kv-2:1`, and `#` with a number that is used once. */
export type LogootState = { readonly [name: string]: Letter };

type Level = readonly [digit: number, replica: ReplicaId];
type Position = readonly Level[];

/** The end of each level: a digit of 15 bits. */
const BASE = 32_767;
/** How far from its left neighbour a character may be drawn: room is kept for what follows. */
const BOUNDARY = 64;

export const logoot: Crdt<LogootState> = {
  bottom: {},
  merge: (a, b) =>
    mergeMaps(a, b, (x, y) => (x.deleted || !y.deleted ? x : { ...x, deleted: true })),
};

function positionOf(name: string): Position {
  return (name.split('#')[0] as string).split('/').map((level) => {
    const at = level.indexOf('@');
    return [Number(level.slice(0, at)), level.slice(at + 1)] as const;
  });
}

function compare(a: Position, b: Position): number {
  for (const [i, [digit, replica]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (digit !== other[0]) return digit - other[0];
    if (replica !== other[1]) return replica < other[1] ? -1 : 1;
  }
  return a.length - b.length;
}

function sorted(state: LogootState): readonly string[] {
  return Object.keys(state)
    .map((name) => [name, positionOf(name)] as const)
    .sort(([a, x], [b, y]) => compare(x, y) || (a < b ? -1 : 1))
    .map(([name]) => name);
}

/** The delta of an insertion, and the names of the new characters in their order. */
export function insertedBetween(
  state: LogootState,
  replica: ReplicaId,
  after: string | null,
  text: string,
  random: Random,
): { readonly delta: LogootState; readonly names: readonly string[] } {
  const all = sorted(state);
  let left = after === null ? [] : positionOf(after);
  // Two may stand at one position, drawn by one replica before and after a deletion.
  const next = all.find((name) => compare(positionOf(name), left) > 0);
  const right = next === undefined ? null : positionOf(next);
  let number = all.reduce((most, name) => Math.max(most, Number(name.split('#')[1])), 0);
  const delta: { [name: string]: Letter } = {};
  for (const letter of text) {
    left = between(left, right, replica, random);
    const levels = left.map(([digit, by]) => `${digit}@${by}`);
    delta[`${levels.join('/')}#${++number}`] = { text: letter, deleted: false };
  }
  return { delta, names: Object.keys(delta) };
}

/** A position between two others, on the first level that has room; `right` null: the end. */
function between(
  left: Position,
  right: Position | null,
  replica: ReplicaId,
  random: Random,
): Position {
  const position: Level[] = [];
  // Null once what is chosen is left of it, whatever follows.
  let bound = right;
  for (let i = 0; ; i++) {
    const low = left[i]?.[0] ?? 0;
    const high = bound === null ? BASE : (bound[i]?.[0] ?? 0);
    if (high - low > 1) {
      const digit = low + random.int(1, Math.min(BOUNDARY, high - low - 1));
      return [...position, [digit, replica]];
    }
    // The left one goes on here, or is at its end; then the right one begins with 0 or 1.
    const level = left[i] ?? (high === 0 ? bound?.[i] : undefined) ?? [0, replica];
    if (level[0] !== bound?.[i]?.[0] || level[1] !== bound[i]?.[1]) bound = null;
    position.push(level);
  }
}

/** The names of all characters that are not deleted, in their order. */
export function lettersOf(state: LogootState): readonly string[] {
  return sorted(state).filter((name) => !(state[name] as Letter).deleted);
}
