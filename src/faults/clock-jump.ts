/**
 * Clock jump: clocks leap forward or back at once, and nobody sets them right. A leap back makes a
 * node live through the same times twice: identifiers, leases and last-writer-wins feel it.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { OFFSET_BOUNDS, signedDuration } from './parts/clock-faults.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'clock-jump',
  summary: 'Makes clocks leap, for good.',
  family: 'clock',
  params: defineParams({
    by: { type: 'duration', doc: 'How far forward; negative is back.', ...OFFSET_BOUNDS },
    ...NODE_PARAMS,
  }),
  shorthand: 'by',
  inject: (levers, { by, nodes }) =>
    strikeNodes(levers, nodes, (node) => levers.shapeClock(node, { offsetMs: by, stays: true }), {
      text: signedDuration(by),
      detail: { byMs: by },
    }),
});
