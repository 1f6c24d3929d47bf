/**
 * The broadcast workload: unique integers handed to any node, and reads of all that a node has
 * seen.
 *
 * After Maelstrom's workload of the same name (jepsen-io/maelstrom, doc/workloads.md); who is whose
 * neighbour is a parameter of the system here, not a message of the client.
 */
import broadcast from '../interfaces/broadcast.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  reads: {
    type: 'ratio',
    doc: 'Share of reads; the others are broadcasts.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first integer broadcast; the next are one more each. Sets two loads apart.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'broadcast',
  summary: 'Integers that every node should come to know, and reads of what a node knows.',
  params,
  asks: broadcast,
  generator: (given) => new BroadcastGenerator(given),
  outputOf: (f, reply) =>
    f === 'read' ? (reply as ReplyOf<typeof broadcast, 'read'>).messages : null,
});

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };

class BroadcastGenerator implements Generator {
  readonly #reads: number;
  #value: number;
  readonly #finals = new FinalPositions(1);

  constructor(given: Params<typeof params>) {
    this.#reads = given.reads;
    this.#value = given['first-value'];
  }

  next(_process: number, random: Random): Invocation {
    if (random.chance(this.#reads)) return READ;
    const message = this.#value++;
    return { f: 'broadcast', key: null, input: message, request: { type: 'broadcast', message } };
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }
}
