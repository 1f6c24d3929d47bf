/**
 * NTP step: clocks drift unnoticed while it holds; when it heals they are set right in one step,
 * back if they were fast. So does a daemon that finds itself too far off to slew.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { DRIFT_BOUNDS, signedPpm } from './parts/clock-faults.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'ntp-step',
  summary: 'Makes clocks drift, and sets them right in one step when it heals.',
  family: 'clock',
  params: defineParams({
    ppm: {
      type: 'number',
      unit: 'ppm',
      doc: 'How much faster they run meanwhile, in millionths; negative is slower.',
      default: 10_000,
      ...DRIFT_BOUNDS,
    },
    ...NODE_PARAMS,
  }),
  shorthand: 'nodes',
  inject: (levers, { ppm, nodes }) =>
    strikeNodes(levers, nodes, (node) => levers.shapeClock(node, { driftPpm: ppm }), {
      text: signedPpm(ppm),
      detail: { ppm },
    }),
});
