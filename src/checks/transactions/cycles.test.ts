import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../test/support/long.ts';
import { componentsOf } from './components.ts';
import { type Edge, findCycles } from './cycles.ts';
import { DependencyGraph, Fan, PROCESS, REALTIME, RW, WR, WW } from './dependency-graph.ts';
import { boundsOf } from './isolation.ts';

type Row = readonly [from: number, to: number, kind: number];

const kinds = [WW, WR, RW, PROCESS, REALTIME];
const steps = 1_000_000;

function graphOf(nodes: number, rows: readonly Row[]): DependencyGraph {
  const graph = new DependencyGraph(nodes);
  for (const [from, to, kind] of rows) graph.add(from, to, kind, 0);
  return graph;
}

/** Every simple cycle, each beginning at its smallest node. */
function simpleCycles(nodes: number, rows: readonly Row[]): Row[][] {
  const cycles: Row[][] = [];
  const walk = (origin: number, at: number, path: readonly Row[]) => {
    for (const row of rows) {
      if (row[0] !== at || row[1] < origin || row[0] === row[1]) continue;
      if (row[1] === origin) cycles.push([...path, row]);
      else if (!path.some(([from]) => from === row[1])) walk(origin, row[1], [...path, row]);
    }
  };
  for (let origin = 0; origin < nodes; origin++) walk(origin, origin, []);
  return cycles;
}

/** Its class by definition. Null for cycles of orders alone. */
function classOf(cycle: readonly number[]): string | null {
  const count = (kind: number) => cycle.filter((k) => k === kind).length;
  const suffix = count(REALTIME) > 0 ? '-realtime' : count(PROCESS) > 0 ? '-process' : '';
  const touching = cycle.some((k, i) => k === RW && cycle[(i + 1) % cycle.length] === RW);
  if (count(RW) === 1) return `G-single-item${suffix}`;
  if (count(RW) > 1) return `${touching ? 'G2-item' : 'G-nonadjacent-item'}${suffix}`;
  if (count(WR) > 0) return `G1c${suffix}`;
  return count(WW) > 0 ? `G0${suffix}` : null;
}

const kindsOf = (cycle: readonly Edge[]) => cycle.map(({ kind }) => kind);

const graphs = fc.integer({ min: 2, max: 6 }).chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    rows: fc.array(
      fc.tuple(
        fc.nat({ max: nodes - 1 }),
        fc.nat({ max: nodes - 1 }),
        fc.constantFrom(WW, WR, RW, ...kinds),
      ),
      { minLength: 1, maxLength: 9 },
    ),
  }),
);

describe('cycles by class', () => {
  it('are those of the definition, the shortest of each, and rule out the same models', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(graphs, ({ nodes, rows }) => {
        const { found, undecided } = findCycles(graphOf(nodes, rows).seal(), steps);
        if (undecided.length > 0) expect.fail(`undecided: ${undecided}`);
        const all = simpleCycles(nodes, rows);
        const lengths = new Map<string, number>();
        for (const cycle of all) {
          const name = classOf(cycle.map(([, , kind]) => kind));
          if (name === null) continue;
          lengths.set(name, Math.min(cycle.length, lengths.get(name) ?? Infinity));
        }
        // Compared by hand, with one `expect` a graph: tens of thousands of them take seconds.
        const there = new Set(rows.map((row) => row.join(' ')));
        const wrong: unknown[] = [];
        for (const { name, cycle } of found) {
          met.add(name);
          const isLinked = cycle.every(({ from, to, kind }, i) => {
            const next = cycle[(i + 1) % cycle.length]?.from;
            return there.has([from, to, kind].join(' ')) && next === to;
          });
          const isSimple = new Set(cycle.map(({ from }) => from)).size === cycle.length;
          const least = lengths.get(name) ?? Infinity;
          const exact = /^(G0|G1c|G-single-item)$/.test(name);
          const isShortest = exact ? cycle.length === least : cycle.length >= least;
          const isNamed = classOf(kindsOf(cycle)) === name;
          if (!isNamed || !isLinked || !isSimple || !isShortest) wrong.push([name, cycle]);
        }
        const names = found.map(({ name }) => name);
        for (const name of ['G0', 'G1c', 'G-single-item']) {
          if (names.includes(name) !== lengths.has(name)) wrong.push([name, rows]);
        }
        expect([wrong, boundsOf(names)]).toEqual([[], boundsOf(lengths.keys())]);
      }),
      { seed: 7, numRuns: times(5000, 50_000) },
    );
    expect(met.size).toBe(15);
  });

  it('end with undecided classes when the budget is gone', () => {
    const size = 300;
    const ring = Array.from({ length: size }, (_, i): Row => [i, (i + 1) % size, WW]);
    const whole = findCycles(graphOf(size, ring).seal(), steps);
    expect(whole.found.map(({ name, cycle }) => [name, cycle.length])).toEqual([['G0', size]]);
    expect(whole.undecided).toEqual([]);
    const { found, undecided } = findCycles(graphOf(size, ring).seal(), 100);
    expect(found).toEqual([]);
    expect(undecided).toEqual(['G0']);
  });

  it('are searched without recursion', () => {
    const size = 200_000;
    const ring = Array.from({ length: size }, (_, i): Row => [i, (i + 1) % size, i < 1 ? RW : WR]);
    const graph = graphOf(size, ring).seal();
    expect(componentsOf(graph, { kinds: WR | RW, regions: null }).sizes).toEqual([size]);
    expect(findCycles(graph, 5_000_000).found.map(({ name }) => name)).toEqual(['G-single-item']);
  });
});

describe('a fan', () => {
  it('is the same as an edge from each of a crowd to each target but itself', () => {
    const crowds = fc.record({
      rows: fc.array(
        fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 }), fc.constantFrom(WW, WR, RW)),
        { maxLength: 5 },
      ),
      targets: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 4, maxLength: 8 }),
      sources: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 3 }),
    });
    let cycles = 0;
    fc.assert(
      fc.property(crowds, ({ rows, targets, sources }) => {
        const fanned = graphOf(8, rows);
        const fan = new Fan(fanned, targets);
        for (const source of sources) fan.link(source, RW, 0);
        const plain = graphOf(8, rows);
        for (const source of sources) {
          for (const target of targets) plain.add(source, target, RW, 0);
        }
        const summary = (graph: DependencyGraph) =>
          findCycles(graph.seal(), steps).found.map(({ name, cycle }) => [name, cycle.length]);
        const expected = summary(plain);
        expect(summary(fanned)).toEqual(expected);
        cycles += expected.length;
      }),
      { seed: 3, numRuns: 2000 },
    );
    expect(cycles).toBeGreaterThan(1000);
  });
});
