/**
 * Clock offset: clocks show a wrong time while it holds, and the right one again when it heals.
 * Timers do not feel it: they run on a monotonic clock. What compares times of two machines does.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { OFFSET_BOUNDS, signedDuration } from './parts/clock-faults.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'clock-offset',
  summary: 'Sets clocks ahead or behind while it holds.',
  family: 'clock',
  params: defineParams({
    by: { type: 'duration', doc: 'How far ahead; negative is behind.', ...OFFSET_BOUNDS },
    ...NODE_PARAMS,
  }),
  shorthand: 'by',
  inject: (levers, { by, nodes }) =>
    strikeNodes(levers, nodes, (node) => levers.shapeClock(node, { offsetMs: by }), {
      text: signedDuration(by),
      detail: { byMs: by },
    }),
});
