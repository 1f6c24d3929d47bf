/**
 * Load ramp: clients ask more and more, evenly over time, up to several times as much, and go on
 * with that until it heals. Where on the way a system falls over is its capacity.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LOAD_PARAMS, refuseLoad, strikeLoads } from './parts/load-faults.ts';

export default defineFault({
  name: 'load-ramp',
  summary: 'Makes clients ask more and more.',
  family: 'load',
  params: defineParams({
    factor: {
      type: 'number',
      doc: "The rate at the end of the ramp, as a multiple of the load's own.",
      default: 3,
      min: 0,
      max: 1000,
    },
    over: { type: 'duration', doc: 'How long it takes to get there.', default: 5000, min: 0 },
    ...LOAD_PARAMS,
  }),
  shorthand: 'factor',
  refuse: ({ load }, _nodes, loads) => refuseLoad(load, loads),
  inject: (levers, { factor, over, load }) =>
    strikeLoads(
      levers,
      load,
      (name) => levers.changeLoad(name, { factor, rampMs: over }),
      `up to ×${factor}`,
    ),
});
