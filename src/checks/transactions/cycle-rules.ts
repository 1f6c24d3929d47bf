/** Which cycles models forbid, as rules that an order of versions keeps or breaks. */
import { LEVELS } from './cycles.ts';
import { RW, WR, WW } from './dependency-graph.ts';

/** Cycles that a model forbids. */
export interface CycleRule {
  /** What a model that forbids these cycles forbids, and no weaker one. */
  readonly name: string;
  /** The classes of all cycles that are forbidden with it. */
  readonly covers: ReadonlySet<string>;
  /** Kinds of edges that walks may take any number of times, besides rw. */
  readonly kinds: number;
  /** How many rw edges they may take: none, one, any that do not touch, or any. */
  readonly rw: 'none' | 'one' | 'apart' | 'any';
  /** Whether it forbids lost updates by themselves, besides cycles. */
  readonly noLostUpdate: boolean;
}

const shapes = [
  ['G1c', 'none'],
  ['lost-update', 'none'],
  ['G-single-item', 'one'],
  ['G-nonadjacent-item', 'apart'],
  ['G2-item', 'any'],
] as const;

/** The weaker before the stronger, by each order; the last forbids all that any does. */
export const cycleRules: readonly CycleRule[] = LEVELS.flatMap(({ suffix, kinds }, o) =>
  shapes
    // A lost update is one, whatever the order besides.
    .filter(([shape]) => suffix === '' || shape !== 'lost-update')
    .map(([shape, rw]): CycleRule => {
      const place = shapes.findIndex(([name]) => name === shape);
      const lesser = ['G0', ...shapes.slice(0, place + 1).map(([name]) => name)];
      const covers = LEVELS.slice(0, o + 1).flatMap(({ suffix: also }) =>
        lesser.map((name) => (name === 'lost-update' ? name : name + also)),
      );
      const noLostUpdate = shape === 'lost-update';
      return {
        name: shape + suffix,
        covers: new Set(covers),
        kinds: WW | WR | kinds,
        rw,
        noLostUpdate,
      };
    }),
);

/** Whether one rule forbids nothing that the other allows. */
export function isWeaker(rule: CycleRule, than: CycleRule): boolean {
  return [...rule.covers].every((name) => than.covers.has(name));
}

/** All kinds of edges that walks may take. */
export const kindsOf = ({ kinds, rw }: CycleRule) =>
  rw === 'any' || rw === 'apart' ? kinds | RW : kinds;

/** How many states a transaction has in such walks. */
export const layersOf = ({ rw }: CycleRule) => (rw === 'apart' ? 2 : 1);
