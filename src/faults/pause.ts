/**
 * Pause: nodes freeze, as in a long garbage collection or a stopped virtual machine. They lose
 * nothing and notice nothing: timers and messages wait, and are handled late and all at once.
 */
import { defineFault } from '../sim/fault.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'pause',
  summary: 'Freezes nodes; when it heals they go on as if no time had passed.',
  family: 'process',
  params: NODE_PARAMS,
  shorthand: 'nodes',
  inject: (levers, { nodes }) => strikeNodes(levers, nodes, (node) => levers.pause(node)),
});
