/**
 * Loss: each message is lost with a chance of its own, independently of all others. On a connection
 * it is sent again, and comes late.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'loss',
  summary: 'Loses messages at random on some links or all.',
  family: 'network',
  params: defineParams({
    ratio: {
      type: 'ratio',
      doc: 'Chance of each message to be lost, besides the loss that the link has anyway.',
      min: 0,
      max: 1,
    },
    ...LINK_PARAMS,
  }),
  shorthand: 'ratio',
  inject(levers, { ratio, ...chosen }) {
    return shapeLinks(levers, chosen, { loss: ratio }, { ratio });
  },
});
