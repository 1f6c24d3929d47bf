/**
 * Reorder: a message is held back by a further draw of its latency, so that later ones of its link
 * overtake it.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { describeLinks, selectLinks } from './select.ts';

export default defineFault({
  name: 'reorder',
  summary: 'Holds messages back so that later ones overtake them.',
  family: 'network',
  params: defineParams({
    ratio: {
      type: 'ratio',
      doc: 'Chance of each message to be held back by one further latency.',
      min: 0,
      max: 1,
    },
    nodes: { type: 'selector', doc: 'On every link of these nodes, both ways.', default: 'all' },
    to: { type: 'selector', doc: 'Only on the links between `nodes` and these.', optional: true },
  }),
  shorthand: 'ratio',
  inject(levers, { ratio, nodes, to }) {
    const links = selectLinks(levers, nodes, to);
    if (links === null) return null;
    for (const link of links) levers.shapeLink(link.from, link.to, { reorder: ratio });
    const label = describeLinks(links, levers, to !== undefined);
    return { label, sides: [], detail: { links: links.length, ratio } };
  },
});
