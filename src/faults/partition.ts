/**
 * Partition: messages between the sides are dropped, in both directions, at sending and on arrival;
 * within a side all is well. Nodes on no side (outside `of:`, or not named by `split` or `regions`)
 * reach everybody: a bridge.
 *
 * A side with more than half of the nodes is called `majority`, and the other, of two, `minority`;
 * expectations name them: `availability(minority)`.
 */
import { defineFault, type Injection, type Levers, type Side } from '../sim/fault.ts';
import type { NodeId } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { others, select } from './parts/select.ts';

const params = defineParams({
  isolate: {
    type: 'selector',
    doc: 'Cuts these nodes off from the others of `of:`; among themselves they still talk.',
    optional: true,
  },
  with: {
    type: 'integer',
    doc: 'How many more nodes, chosen at random, are isolated with them.',
    default: 0,
    min: 0,
  },
  split: {
    type: 'list',
    doc: 'The sides by name: `[[kv-1, kv-2], [kv-3, kv-4, kv-5]]`.',
    optional: true,
    of: {
      type: 'list',
      doc: 'The nodes of one side.',
      of: { type: 'nodes', doc: 'A node, or a group for all its nodes.' },
    },
  },
  regions: {
    type: 'list',
    doc: 'The sides by region: `[eu]` is eu and the rest of `of:`, `[[eu], [us, asia]]` two sides.',
    optional: true,
    of: { type: 'nodes', doc: 'A region, or a list of regions that stay together.' },
  },
  halves: {
    type: 'boolean',
    doc: 'Splits the nodes of `of:` at random into two halves, one larger by one if they are odd.',
    optional: true,
  },
});

/** Sides that expectations can name; a partition may have more. */
const SIDES_MAX = 9;

type PartitionParams = Params<typeof params>;

/** Why these parameters make no partition, as a sentence for the user; null if they do. */
function refuse(given: PartitionParams, size: number): string | null {
  const { isolate, split, regions, halves } = given;
  const ways = [isolate !== undefined, split !== undefined, regions !== undefined, halves === true];
  if (ways.filter((way) => way).length !== 1) {
    return 'partition needs exactly one of isolate, split, regions and halves';
  }
  if (given.with > 0 && isolate === undefined) return 'partition: with goes with isolate';
  if (given.with > size - 2) {
    return `partition: one isolated node, ${given.with} with it and one on the other side are more than ${size}`;
  }
  if (split !== undefined) {
    const sides = split.map((side) => side.flat());
    return refuseSides('split', sides, 2);
  }
  return regions === undefined ? null : refuseSides('regions', regions, 1);
}

function refuseSides(
  way: string,
  sides: readonly (readonly NodeId[])[],
  sidesMin: number,
): string | null {
  if (sides.length < sidesMin || sides.some((side) => side.length === 0)) {
    const wanted = sidesMin === 2 ? 'two sides or more' : 'a side or more';
    return `partition: ${way} needs ${wanted}, each with a node`;
  }
  const nodes = sides.flatMap((side) => [...new Set(side)]);
  const twice = nodes.find((node, i) => nodes.indexOf(node) !== i);
  return twice === undefined ? null : `partition: ${way} names ${twice} on two sides`;
}

export default defineFault({
  name: 'partition',
  summary: 'Cuts the network between groups of nodes.',
  family: 'network',
  params,
  shorthand: 'isolate',
  sides: [
    'majority',
    'minority',
    'left',
    'right',
    ...Array.from({ length: SIDES_MAX }, (_, i) => `side-${i + 1}`),
  ],
  severs: true,
  refuse,
  /** Throws RangeError if `refuse` would. */
  inject(levers, given): Injection | null {
    const refusal = refuse(given, Number.POSITIVE_INFINITY);
    if (refusal !== null) throw new RangeError(refusal);
    const parts = partsOf(levers, given);
    if (parts === null) return null;
    cutBetween(levers, parts);
    const sides = nameSides(parts);
    return {
      label: parts.map((part) => part.join(' ')).join(' | '),
      sides,
      detail: Object.fromEntries(sides.map(({ name, nodes }) => [name, nodes])),
    };
  },
});

/** The nodes of each side, in scenario order; null if there is no second side yet. */
function partsOf(levers: Levers, given: PartitionParams): readonly (readonly NodeId[])[] | null {
  const all = levers.of.map(({ id }) => id);
  if (given.split !== undefined) {
    const sides = given.split.map((side) => new Set(side.flat()));
    return sides.map((side) => levers.nodes.map(({ id }) => id).filter((id) => side.has(id)));
  }
  if (given.regions !== undefined) {
    const [only, second] = given.regions;
    if (only === undefined) return null;
    const sides = second === undefined ? divide(all, only) : given.regions;
    const parts = sides.map((side) =>
      levers.nodes.map(({ id }) => id).filter((id) => side.includes(id)),
    );
    return parts.every((part) => part.length > 0) ? parts : null;
  }
  if (given.isolate === undefined) {
    if (all.length < 2) return null;
    return divide(all, levers.random.shuffle(all).slice(0, Math.floor(all.length / 2)));
  }
  const isolated = select(levers, given.isolate);
  if (isolated === null) return null;
  const company = others(levers, isolated, given.with);
  if (company === null) return null;
  const parts = divide(all, [...isolated, ...company]);
  return parts.every((part) => part.length > 0) ? parts : null;
}

function divide(all: readonly NodeId[], isolated: readonly NodeId[]): readonly NodeId[][] {
  const inside = all.filter((id) => isolated.includes(id));
  return [inside, all.filter((id) => !isolated.includes(id))];
}

function cutBetween(levers: Levers, parts: readonly (readonly NodeId[])[]): void {
  for (const near of parts) {
    for (const far of parts) {
      if (near === far) continue;
      for (const from of near) for (const to of far) levers.cut(from, to);
    }
  }
}

/**
 * `majority` has more than half of the nodes on sides; then the only other one is `minority`. Two
 * equal sides are `left` and `right`; others count from `side-1`.
 */
function nameSides(parts: readonly (readonly NodeId[])[]): readonly Side[] {
  let total = 0;
  for (const part of parts) total += part.length;
  const major = parts.findIndex((part) => part.length * 2 > total);
  return parts.map((nodes, i) => {
    const pair = major === -1 ? ['left', 'right'][i] : 'minority';
    const name = i === major ? 'majority' : parts.length === 2 && pair ? pair : `side-${i + 1}`;
    return { name, nodes };
  });
}
