/**
 * Fsync error: a flush fails. What it covered is not on the disk, and no second flush will bring it
 * there: the system has marked its pages as clean. A system that knows this dies, and recovers from
 * what the disk really holds, as PostgreSQL does since it found this out. One that tries again
 * believes the second flush, which succeeds with nothing to write: what it then acknowledges is
 * lost in the next crash.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'fsync-error',
  summary: 'Makes flushes of disks fail.',
  family: 'disk',
  params: defineParams({
    ...NODE_PARAMS,
    ratio: {
      type: 'ratio',
      doc: 'Chance of each flush to fail. With `lose` the flush after one that failed succeeds.',
      default: 1,
    },
    outcome: {
      type: 'choice',
      doc: 'die: the node dies, and boots when the fault heals. lose: the node flushes again, which succeeds, and the next crash loses what the failed flush covered.',
      options: ['die', 'lose'],
      default: 'die',
    },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes, ratio, outcome }) {
    const failsFlush = { ratio, outcome };
    return strikeNodes(levers, nodes, (node) => levers.shapeDisk(node, { failsFlush }));
  },
});
