/** Who is whose neighbour: graphs over the members of a group, by their position in it. */

export const topologies = ['grid', 'line', 'total', 'tree', 'ring'] as const;
export type Topology = (typeof topologies)[number];

/**
 * The positions next to `index` among `count`, ascending. Neighbours are mutual, and every graph is
 * connected. `fanOut` is the number of children in a tree, whose root is 0; nothing else uses it.
 */
export function neighbours(
  topology: Topology,
  index: number,
  count: number,
  fanOut: number,
): readonly number[] {
  const found = new Set<number>();
  const add = (other: number, isNext = true) => {
    if (isNext && other >= 0 && other < count && other !== index) found.add(other);
  };
  switch (topology) {
    case 'line':
      add(index - 1);
      add(index + 1);
      break;
    case 'ring':
      add((index + count - 1) % count);
      add((index + 1) % count);
      break;
    case 'total':
      for (let other = 0; other < count; other++) add(other);
      break;
    case 'tree':
      if (index > 0) add(Math.floor((index - 1) / fanOut));
      for (let child = 1; child <= fanOut; child++) add(index * fanOut + child);
      break;
    case 'grid': {
      // As square as can be; the last row may be shorter.
      const width = Math.ceil(Math.sqrt(count));
      add(index - width);
      add(index - 1, index % width !== 0);
      add(index + 1, (index + 1) % width !== 0);
      add(index + width);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The number of edges of the whole graph. */
export function edgesOf(topology: Topology, count: number, fanOut: number): number {
  let ends = 0;
  for (let index = 0; index < count; index++) {
    ends += neighbours(topology, index, count, fanOut).length;
  }
  return ends / 2;
}
