/**
 * Load spike: clients ask several times as much, at once, while it holds. The operations that they
 * ask anyway stay as they are; the others come beside them. Below 1, a share is left out.
 *
 * Clients that wait for each answer before they ask again think for a shorter time, or a longer
 * one.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LOAD_PARAMS, refuseLoad, strikeLoads } from './parts/load-faults.ts';

export default defineFault({
  name: 'load-spike',
  summary: 'Makes clients ask many times as much.',
  family: 'load',
  params: defineParams({
    factor: {
      type: 'number',
      doc: "Times the load's own rate. Two spikes add what each has more.",
      default: 3,
      min: 0,
      max: 1000,
    },
    ...LOAD_PARAMS,
  }),
  shorthand: 'factor',
  refuse: ({ load }, _nodes, loads) => refuseLoad(load, loads),
  inject: (levers, { factor, load }) =>
    strikeLoads(
      levers,
      load,
      (name) => levers.changeLoad(name, { factor, rampMs: 0 }),
      `×${factor}`,
    ),
});
