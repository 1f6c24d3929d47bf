/**
 * Slow CPU: each message keeps its node busy for longer, as on a machine that is throttled or
 * shared. Messages queue in front of it; timers wait too, so a slow leader is late with heartbeats.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'slow-cpu',
  summary: 'Makes nodes take longer for each message.',
  family: 'process',
  params: defineParams({
    ...NODE_PARAMS,
    factor: { type: 'number', doc: 'Multiplies the time of a message.', default: 10, min: 1 },
    message: {
      type: 'duration',
      doc: 'What is multiplied, for nodes whose messages take no time of their own.',
      default: 0.1,
      min: 0,
    },
  }),
  shorthand: 'nodes',
  inject: (levers, { nodes, factor, message }) =>
    strikeNodes(
      levers,
      nodes,
      (node) => levers.slowProcessor(node, { factor, messageMs: message }),
      { text: `×${factor}`, detail: { factor } },
    ),
});
