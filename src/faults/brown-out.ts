/**
 * Brown-out: nodes still answer, only late, and some requests fail: worse for callers than nodes
 * that are down, since each request holds a thread, a connection or a place in a queue meanwhile.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';
import { CODES, codeOf } from './parts/request-faults.ts';

export default defineFault({
  name: 'brown-out',
  summary: 'Makes nodes answer requests late, and some not at all.',
  family: 'dependency',
  params: defineParams({
    ...NODE_PARAMS,
    delay: {
      type: 'distribution',
      doc: 'How long each request waits before the node gets it; drawn again for each.',
      default: { kind: 'exponential', mean: 200, min: 0 },
    },
    errors: {
      type: 'ratio',
      doc: 'Share that fails, after that wait.',
      default: 0,
      min: 0,
      max: 1,
    },
    code: {
      type: 'choice',
      doc: 'The error that those get, or none: no answer.',
      options: CODES,
      default: 'overloaded',
    },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes, delay, errors, code }) {
    const trouble = { delay, errors, when: 'before', code: codeOf(code) } as const;
    return strikeNodes(levers, nodes, (node) => levers.troubleRequests(node, trouble));
  },
});
