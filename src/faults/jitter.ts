/**
 * Jitter: each message takes a random time longer, so that messages of a link overtake each other.
 * On a connection they keep their order, and wait for the slowest before them.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'jitter',
  summary: 'Delays each message by a random time of its own.',
  family: 'network',
  params: defineParams({
    by: {
      type: 'distribution',
      doc: 'Added to the latency of each message, one way: `0ms..20ms`. Drawn again for each.',
    },
    ...LINK_PARAMS,
  }),
  shorthand: 'by',
  inject(levers, { by, ...chosen }) {
    return shapeLinks(levers, chosen, { extraLatency: by });
  },
});
