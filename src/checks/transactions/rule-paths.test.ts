// The paths that a rule allows, against the relation that it means: closed from the start, what may
// be added, what was, and what is as before when it is taken back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cycleRules } from './cycle-rules.ts';
import { DependencyGraph, ONWARD, PROCESS, REALTIME, RW, WR, WW } from './dependency-graph.ts';
import { type ChosenEdge, Paths } from './rule-paths.ts';

type Row = readonly [from: number, to: number, kind: number];
type Rule = (typeof cycleRules)[number];

const NODES = 5;
const node = fc.nat({ max: NODES - 1 });
const kind = fc.constantFrom(WW, WR, RW, RW, PROCESS, REALTIME);
const rows = fc.array(fc.tuple(node, node, kind), { maxLength: 6 });
/** Edges that all end in one transaction: what follows from an order of versions. */
const version = fc.constantFrom(WW, WR, RW, RW);
const choice = fc.tuple(node, fc.array(fc.tuple(node, version), { minLength: 1, maxLength: 2 }));

const fan = fc.tuple(node, fc.array(fc.tuple(node, kind), { minLength: 1, maxLength: 2 }));

/** Pairs, as the rows of a relation. */
type Pairs = readonly (readonly [number, number])[];

function reachable(pairs: Pairs, from: number): ReadonlySet<number> {
  const met = new Set<number>();
  const next = [from];
  for (const at of next) {
    for (const [a, b] of pairs) {
      if (a !== at || met.has(b)) continue;
      met.add(b);
      next.push(b);
    }
  }
  return met;
}

/** Whether there is a cycle that the rule forbids, by what its name says. */
function isForbidden(edges: readonly Row[], { kinds, rw }: Rule): boolean {
  const pairs = (some: number): Pairs =>
    edges.filter((row) => (row[2] & some) !== 0).map(([a, b]) => [a, b]);
  const usual = pairs(kinds);
  const anti = pairs(RW);
  const isCyclic = (all: Pairs) => all.some(([a, b]) => a === b || reachable(all, b).has(a));
  if (rw === 'any') return isCyclic([...usual, ...anti]);
  if (isCyclic(usual)) return true;
  if (rw === 'one') return anti.some(([a, b]) => a === b || reachable(usual, b).has(a));
  if (rw === 'none') return false;
  // After each rw comes another edge: both are one step.
  const both = anti.flatMap(([a, b]) =>
    usual.filter(([c]) => c === b).map(([, d]) => [a, d] as const),
  );
  return isCyclic([...usual, ...both]);
}

const isEdge = ([from, to]: Row) => from !== to;

test.each(cycleRules.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  let closed = 0;
  let refused = 0;
  fc.assert(
    fc.property(rows, fc.option(fan), fc.array(choice, { maxLength: 4 }), (given, crowd, added) => {
      const graph = new DependencyGraph(NODES);
      let edges: readonly Row[] = given.filter(isEdge);
      for (const [from, to, of] of edges) graph.add(from, to, of, 0);
      if (crowd !== null) {
        // One waypoint: an edge to each of its targets.
        const [from, targets] = crowd;
        const of = targets[0]?.[1] ?? WW;
        const ends = [...new Set(targets.map(([to]) => to))].filter((to) => to !== from);
        const waypoint = graph.waypoint();
        graph.add(from, waypoint, of, 0);
        for (const to of ends) graph.add(waypoint, to, ONWARD, 0);
        edges = [...edges, ...ends.map((to): Row => [from, to, of])];
      }
      const paths = new Paths(graph.seal(), rule);
      expect(paths.closed).toBe(isForbidden(edges, rule));
      if (paths.closed) {
        closed++;
        return;
      }
      const walked = (all: readonly Row[]) => {
        const taken = rule.rw === 'any' ? rule.kinds | RW : rule.kinds;
        const pairs = all.filter((row) => (row[2] & taken) !== 0).map(([a, b]) => [a, b] as const);
        return Array.from({ length: NODES }, (_, at) => reachable(pairs, at).size);
      };
      const seen = () => Array.from({ length: NODES }, (_, at) => paths.reached(at));
      const isCounted = rule.rw !== 'apart' && crowd === null;
      for (const [to, sources] of added) {
        const more = sources.map(([from, of]): Row => [from, to, of]).filter(isEdge);
        const chosen = more.map(([from, , of]): ChosenEdge => ({ from, to, kind: of, key: 0 }));
        const mayBe = !isForbidden([...edges, ...more], rule);
        const before = seen();
        expect(paths.allows(chosen)).toBe(mayBe);
        const mark = paths.mark();
        expect(paths.add(chosen)).toBe(mayBe);
        if (mayBe && isCounted) expect(seen()).toEqual(walked([...edges, ...more]));
        if (mayBe && more.length === 1) edges = [...edges, ...more];
        else {
          if (!mayBe) refused++;
          paths.back(mark);
          expect(seen()).toEqual(before);
        }
      }
    }),
    { seed: 3, numRuns: 400 },
  );
  expect([closed > 5, refused > 5]).toEqual([true, true]);
});
