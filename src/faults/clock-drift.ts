/**
 * Clock drift: clocks run fast or slow while it holds. Timers run with them, so a node with a slow
 * clock holds a lease for longer than it was given. When it heals, clocks keep the right pace
 * again, and keep what they are wrong by: see `ntp-step` for one that is set right.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { DRIFT_BOUNDS, signedPpm } from './parts/clock-faults.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'clock-drift',
  summary: 'Makes clocks run fast or slow while it holds.',
  family: 'clock',
  params: defineParams({
    ppm: {
      type: 'number',
      unit: 'ppm',
      doc: 'How much faster, in millionths; negative is slower.',
      ...DRIFT_BOUNDS,
    },
    ...NODE_PARAMS,
  }),
  shorthand: 'ppm',
  inject: (levers, { ppm, nodes }) =>
    strikeNodes(levers, nodes, (node) => levers.shapeClock(node, { driftPpm: ppm, stays: true }), {
      text: signedPpm(ppm),
      detail: { ppm },
    }),
});
