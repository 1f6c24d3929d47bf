/** The counter workload: one number that only grows, and reads of it. */
import counter from '../interfaces/counter.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { defineParams } from '../sim/params.ts';
import { AdditionGenerator } from './parts/additions.ts';
import { defineWorkload } from './workload.ts';

const params = defineParams({
  reads: {
    type: 'ratio',
    doc: 'Share of reads; the others add.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  most: {
    type: 'integer',
    doc: 'The most that one operation adds; the least is 1.',
    default: 5,
    min: 1,
    max: 1_000_000,
  },
});

export default defineWorkload({
  name: 'counter',
  summary: 'Additions to one number that only grows, and reads of it.',
  params,
  asks: counter,
  generator: (given) => new AdditionGenerator({ ...given, negative: 0 }),
  outputOf: (f, reply) => (f === 'read' ? (reply as ReplyOf<typeof counter, 'read'>).value : null),
});
