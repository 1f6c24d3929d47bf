/**
 * Leave: nodes get the order to stop, have some time to hand over, and then stop for good, as on
 * SIGTERM and, later, SIGKILL. With `for` they are back when it is over.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'leave',
  summary: 'Tells nodes to leave, and stops them after some time of grace.',
  family: 'process',
  params: defineParams({
    ...NODE_PARAMS,
    grace: {
      type: 'duration',
      doc: 'From being told to being stopped. Who has no handler for it goes on as before.',
      default: 1000,
      min: 0,
    },
  }),
  shorthand: 'nodes',
  inject: (levers, { nodes, grace }) =>
    strikeNodes(levers, nodes, (node) => {
      levers.tellToLeave(node);
      levers.after(grace, () => levers.crash(node));
    }),
});
