/**
 * Majorities ring: every node reaches a majority, and no two reach the same one. The nodes stand in
 * a ring in random order; each reaches its nearest on both sides, and nobody else.
 *
 * Source: the grudge `majorities-ring` of Jepsen's nemeses.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';

/** In a ring of three, each node would reach both others. */
const NODES_MIN = 4;

export default defineFault({
  name: 'majorities-ring',
  summary: 'Cuts links so that every node reaches a majority, and no two the same.',
  family: 'network',
  params: defineParams({}),
  shorthand: null,
  refuse: (_given, nodes) =>
    nodes < NODES_MIN ? `a ring of majorities needs four nodes, not ${nodes}` : null,
  inject(levers) {
    const ring = levers.random.shuffle(levers.of.map(({ id }) => id));
    const size = ring.length;
    if (size < NODES_MIN) return null;
    const reach = reachOf(size);
    ring.forEach((from, i) => {
      ring.forEach((to, j) => {
        const steps = Math.min((i - j + size) % size, (j - i + size) % size);
        if (steps > reach) levers.cut(from, to);
      });
    });
    return { label: `ring ${ring.join(' ')}`, sides: [], detail: { ring, reach } };
  },
});

/** The fewest neighbours on each side that are a majority together with the node itself. */
function reachOf(size: number): number {
  const majority = Math.floor(size / 2) + 1;
  return Math.ceil((majority - 1) / 2);
}
