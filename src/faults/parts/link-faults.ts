/**
 * What faults of links have in common: which links, and how to say it.
 */
import type { Injection, Levers, LinkChange } from '../../sim/fault.ts';
import type { Detail } from '../../sim/node.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import { describeLinks, type Link, selectLinks } from './select.ts';

/** Which links a fault strikes; in both directions. */
export const LINK_PARAMS = defineParams({
  nodes: { type: 'selector', doc: 'On every link of these nodes, both ways.', default: 'all' },
  to: { type: 'selector', doc: 'Only on the links between `nodes` and these.', optional: true },
});

type LinkParams = Params<typeof LINK_PARAMS>;

/** Does something to each link that was chosen; null, and nothing is done, if there is none. */
export function strikeLinks(
  levers: Levers,
  { nodes, to }: LinkParams,
  detail: Detail,
  strike: (link: Link) => void,
): Injection | null {
  const links = selectLinks(levers, nodes, to);
  if (links === null) return null;
  for (const link of links) strike(link);
  const label = describeLinks(links, levers, to !== undefined);
  return { label, sides: [], detail: { links: links.length, ...detail } };
}

/** Changes each link that was chosen. */
export function shapeLinks(
  levers: Levers,
  chosen: LinkParams,
  change: LinkChange,
  detail: Detail = {},
): Injection | null {
  return strikeLinks(levers, chosen, detail, ({ from, to }) => levers.shapeLink(from, to, change));
}
