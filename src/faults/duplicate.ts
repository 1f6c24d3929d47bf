/**
 * Duplicate: a message arrives twice, the copy after a latency of its own. Receivers must not count
 * it twice. A connection doubles nothing, and requests and their answers travel as over one.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'duplicate',
  summary: 'Delivers messages between nodes twice at random; never requests and their answers.',
  family: 'network',
  params: defineParams({
    ratio: { type: 'ratio', doc: 'Chance of each message to arrive twice.', min: 0, max: 1 },
    ...LINK_PARAMS,
  }),
  shorthand: 'ratio',
  inject(levers, { ratio, ...chosen }) {
    return shapeLinks(levers, chosen, { duplicate: ratio }, { ratio });
  },
});
