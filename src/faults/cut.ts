/**
 * Cut: single links carry nothing, whatever else reaches the same nodes. A partition cuts between
 * all nodes of two sides; this cuts exactly the links that are listed, so that two nodes that do
 * not reach each other may both reach a third: a partial partition.
 */
import { defineFault, type Levers } from '../sim/fault.ts';
import type { NodeId } from '../sim/node.ts';
import { defineParams, type Selector } from '../sim/params.ts';
import { type Link, select } from './parts/select.ts';

const PAIR = {
  type: 'list',
  doc: 'The two ends.',
  of: { type: 'selector', doc: 'One end: a node, a group, a region, or whoever is selected.' },
} as const;

export default defineFault({
  name: 'cut',
  summary: 'Cuts single links, in both directions or in one.',
  family: 'network',
  params: defineParams({
    links: {
      type: 'list',
      doc: 'The links that it cuts in both directions: `[[kv-1, kv-2], [leader, lb]]`. An end of several nodes means a link from each of them.',
      default: [],
      of: PAIR,
    },
    'one-way': {
      type: 'list',
      doc: 'The links that it cuts from the first end to the second only.',
      default: [],
      of: PAIR,
    },
  }),
  shorthand: 'links',
  refuse({ links, 'one-way': oneWay }) {
    if (links.length + oneWay.length === 0) return 'cut needs a link, such as `[[kv-1, kv-2]]`';
    const wrong = [...links, ...oneWay].find((pair) => pair.length !== 2);
    return wrong === undefined ? null : `cut: a link has two ends, not ${wrong.length}`;
  },
  inject(levers, { links, 'one-way': oneWay }) {
    const both = linksOf(levers, links);
    const there = linksOf(levers, oneWay);
    if (both === null || there === null) return null;
    const chosen = new Map<string, Link>();
    const add = (from: NodeId, to: NodeId) => chosen.set(`${from}→${to}`, { from, to });
    for (const { from, to } of both) {
      add(from, to);
      add(to, from);
    }
    for (const { from, to } of there) add(from, to);
    for (const { from, to } of chosen.values()) levers.cut(from, to);
    return { label: labelOf(chosen), sides: [], detail: { links: [...chosen.keys()] } };
  },
});

/** From each node of a first end to each of the second; null if some pair has no link. */
function linksOf(levers: Levers, pairs: readonly (readonly Selector[])[]): readonly Link[] | null {
  const links: Link[] = [];
  for (const [near = '', far = ''] of pairs) {
    const froms = select(levers, near);
    const tos = select(levers, far);
    if (froms === null || tos === null) return null;
    const found = froms.flatMap((from) => tos.map((to) => ({ from, to })));
    const real = found.filter(({ from, to }) => from !== to);
    if (real.length === 0) return null;
    for (const link of real) links.push(link);
  }
  return links;
}

/** `kv-1 ↔ kv-2, kv-3 → lb`. */
function labelOf(chosen: ReadonlyMap<string, Link>): string {
  const told = new Set<string>();
  const words: string[] = [];
  for (const [name, { from, to }] of chosen) {
    const back = `${to}→${from}`;
    if (told.has(back)) continue;
    told.add(name);
    words.push(`${from} ${chosen.has(back) ? '↔' : '→'} ${to}`);
  }
  return words.join(', ');
}
