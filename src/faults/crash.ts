/**
 * Crash: nodes stop dead. What was not on disk is gone; when the fault heals they boot from what
 * was. `crash: all` is a power cut.
 */
import { defineFault } from '../sim/fault.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'crash',
  summary: 'Stops nodes dead; they boot from their disks when it heals.',
  family: 'process',
  params: NODE_PARAMS,
  shorthand: 'nodes',
  inject: (levers, { nodes }) => strikeNodes(levers, nodes, (node) => levers.crash(node)),
});
