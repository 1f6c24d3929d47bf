/**
 * Reorder: a message is held back by a further draw of its latency, so that later ones of its link
 * overtake it. On a connection the later ones wait for it instead.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

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
    ...LINK_PARAMS,
  }),
  shorthand: 'ratio',
  inject(levers, { ratio, ...chosen }) {
    return shapeLinks(levers, chosen, { reorder: ratio }, { ratio });
  },
});
