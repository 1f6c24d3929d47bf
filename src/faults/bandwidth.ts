/**
 * Bandwidth: messages leave one after another, each for its size over the bandwidth. Those that
 * wait fill a queue; what finds no room there is dropped. A message is 64 bytes and its field
 * `bytes`, or the length of its text.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'bandwidth',
  summary: 'Limits how much links carry, so that messages queue and overflow.',
  family: 'network',
  params: defineParams({
    limit: {
      type: 'bandwidth',
      doc: 'What each direction of a link carries, on its own: `1MiB/s`.',
      min: 1,
    },
    queue: {
      type: 'bytes',
      doc: 'What may wait on each direction, the message on its way out included; an empty queue takes any message.',
      default: 65_536,
    },
    ...LINK_PARAMS,
  }),
  shorthand: 'limit',
  inject(levers, { limit, queue, ...chosen }) {
    return shapeLinks(levers, chosen, { bandwidth: limit, queue }, { limit, queue });
  },
});
