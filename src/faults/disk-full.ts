/**
 * Disk full: writes fail; deletes, truncation and reads go on. A node that does not catch the error
 * dies of it, as most databases do, and boots when the fault heals.
 */
import { defineFault } from '../sim/fault.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'disk-full',
  summary: 'Makes writes fail for lack of room.',
  family: 'disk',
  params: NODE_PARAMS,
  shorthand: 'nodes',
  inject: (levers, { nodes }) =>
    strikeNodes(levers, nodes, (node) => levers.shapeDisk(node, { full: true })),
});
