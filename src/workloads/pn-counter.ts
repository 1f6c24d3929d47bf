/** The PN-counter workload: one number that goes up and down, and reads of it. */
import pnCounter from '../interfaces/pn-counter.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

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
  generator: (given) => new CounterGenerator(given),
  outputOf: (f, reply) =>
    f === 'read' ? (reply as ReplyOf<typeof pnCounter, 'read'>).value : null,
});

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };

class CounterGenerator implements Generator {
  readonly #given: Params<typeof params>;
  readonly #finals = new FinalPositions(1);

  constructor(given: Params<typeof params>) {
    this.#given = given;
  }

  next(_process: number, random: Random): Invocation {
    const { reads, negative, most } = this.#given;
    if (random.chance(reads)) return READ;
    const amount = random.int(1, most);
    const delta = random.chance(negative) ? -amount : amount;
    return { f: 'add', key: null, input: delta, request: { type: 'add', delta } };
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }
}
