/**
 * Clock skew: every clock is off by an amount of its own, within a bound, as in any fleet. Two
 * clocks may differ by twice the bound.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { OFFSET_BOUNDS, signedDuration } from './parts/clock-faults.ts';
import { select } from './parts/select.ts';

export default defineFault({
  name: 'clock-skew',
  summary: 'Sets each clock off by a random amount within a bound.',
  family: 'clock',
  params: defineParams({
    within: {
      type: 'duration',
      doc: 'The bound, on either side of true time.',
      min: 0,
      max: OFFSET_BOUNDS.max,
    },
    nodes: { type: 'selector', doc: 'The nodes that it strikes.', default: 'all' },
  }),
  shorthand: 'within',
  inject(levers, { within, nodes }) {
    const struck = select(levers, nodes);
    if (struck === null) return null;
    const offsets = struck.map((node) => {
      const offsetMs = Math.round(levers.random.between(-within, within) * 1000) / 1000;
      levers.shapeClock(node, { offsetMs });
      return { node, offsetMs };
    });
    const label = offsets.map(({ node, offsetMs }) => `${node} ${signedDuration(offsetMs)}`);
    return { label: label.join(', '), sides: [], detail: { nodes: struck, offsets } };
  },
});
