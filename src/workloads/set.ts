/**
 * The set workload: unique integers added to one set, and reads of the whole of it. Every element
 * stands for a write of its own, so a set shows exactly which writes a store has lost.
 */
import set from '../interfaces/set.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  reads: {
    type: 'ratio',
    doc: 'Share of reads; the others add an element, or remove one.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  removes: {
    type: 'ratio',
    doc: 'Of the operations that are no reads, the share that removes an element added before.',
    default: 0,
    min: 0,
    max: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first element added; the next are one more each. Sets two loads on one store apart.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'set',
  summary: 'Unique integers added to one set, and reads of the whole set.',
  params,
  asks: set,
  operations: ['add', 'remove', 'read'],
  generator: (given) => new SetGenerator(given),
  outputOf: (f, reply) => (f === 'read' ? (reply as ReplyOf<typeof set, 'read'>).elements : null),
});

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };

class SetGenerator implements Generator {
  readonly #given: Params<typeof params>;
  readonly #first: number;
  #value: number;
  readonly #finals = new FinalPositions(1);

  constructor(given: Params<typeof params>) {
    this.#given = given;
    this.#first = given['first-value'];
    this.#value = this.#first;
  }

  next(_process: number, random: Random): Invocation {
    const { reads, removes } = this.#given;
    if (random.chance(reads)) return READ;
    const mayRemove = removes > 0 && random.chance(removes) && this.#value > this.#first;
    if (mayRemove) return change('remove', random.int(this.#first, this.#value - 1));
    return change('add', this.#value++);
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }
}

function change(f: 'add' | 'remove', element: number): Invocation {
  return { f, key: null, input: element, request: { type: f, element } };
}
