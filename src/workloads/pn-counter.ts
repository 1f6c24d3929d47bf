/** The PN-counter workload: one number that goes up and down, and reads of it. */
import pnCounter from '../interfaces/pn-counter.ts';
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
  negative: {
    type: 'ratio',
    doc: 'Of the additions, the share that takes away.',
    default: 0.4,
    min: 0,
    max: 1,
  },
  most: {
    type: 'integer',
    doc: 'The most that one operation adds or takes away; the least is 1.',
    default: 5,
    min: 1,
    max: 1_000_000,
  },
});

export default defineWorkload({
  name: 'pn-counter',
  summary: 'Additions to one number, up and down, and reads of it.',
  params,
  asks: pnCounter,
  generator: (given) => new AdditionGenerator(given),
  outputOf: (f, reply) =>
    f === 'read' ? (reply as ReplyOf<typeof pnCounter, 'read'>).value : null,
});
