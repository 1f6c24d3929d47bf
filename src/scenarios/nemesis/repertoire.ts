/** Every move of a nemesis by name, in the order of the manual. */
import type { Move } from './moves.ts';
import { shapeMoves } from './shapes.ts';
import { singleMoves } from './strikes.ts';

export const moves: ReadonlyMap<string, Move> = new Map(
  [...singleMoves, ...shapeMoves].map((move) => [move.name, move]),
);

/** The kinds of faults that these moves strike with; null: all moves. */
export function faultsOfMoves(names: readonly string[] | null): readonly string[] {
  const chosen = [...moves.values()].filter(({ name }) => names === null || names.includes(name));
  return [...new Set(chosen.flatMap(({ faults }) => faults))];
}
