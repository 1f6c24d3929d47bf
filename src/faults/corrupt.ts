/**
 * Corrupt: messages are damaged on their way. A receiver with a checksum throws them away, which is
 * loss by another name; what no checksum notices arrives with one value changed, and is believed.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'corrupt',
  summary: 'Damages messages at random; receivers notice, or do not.',
  family: 'network',
  params: defineParams({
    ratio: { type: 'ratio', doc: 'Chance of each message to be damaged.', min: 0, max: 1 },
    undetected: {
      type: 'ratio',
      doc: 'Share of the damaged messages that arrive, with one value changed; the others are dropped.',
      default: 0,
    },
    ...LINK_PARAMS,
  }),
  shorthand: 'ratio',
  inject(levers, { ratio, undetected, ...chosen }) {
    return shapeLinks(levers, chosen, { corrupt: ratio, undetected }, { ratio, undetected });
  },
});
