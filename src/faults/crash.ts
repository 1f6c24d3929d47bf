/**
 * Crash: nodes stop dead. What was not on disk is gone; when the fault heals they boot from what
 * was. `crash: all` is a power cut.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'crash',
  summary: 'Stops nodes dead; they boot from their disks when it heals.',
  family: 'process',
  params: defineParams({
    ...NODE_PARAMS,
    power: {
      type: 'boolean',
      doc: 'The machine loses its power, and with it what is in its page cache (`disk: { write-back }`).',
      default: false,
    },
  }),
  shorthand: 'nodes',
  inject: (levers, { nodes, power }) =>
    strikeNodes(levers, nodes, (node) => levers.crash(node, power)),
});
