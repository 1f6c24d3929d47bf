/**
 * The siblings workload: reads that give all concurrent values of a key, and writes that replace
 * what their session has seen. The client keeps the context of the last answer of its session, as
 * every client does, so a write of a session replaces what that session has read or written.
 *
 * No value is written twice by one load, so that a read shows which writes it saw.
 */
import siblings from '../interfaces/siblings.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { Keys } from './parts/keys.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  keys: {
    type: 'keys',
    doc: 'The keys, `k1` and up: their number, or how often each comes too. With more of them fewer writes meet on one.',
    default: 5,
    min: 1,
  },
  reads: { type: 'ratio', doc: 'Share of reads.', default: 0.5, min: 0, max: 1 },
  deletes: {
    type: 'ratio',
    doc: 'Of the operations that are no reads, the share of deletions.',
    default: 0,
    min: 0,
    max: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first value written; the next are one more each. Sets two loads on one store apart.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'siblings',
  summary: 'Reads of all concurrent values of a key, and writes that replace what was seen.',
  params,
  asks: siblings,
  generator: (given) => new SiblingsGenerator(given),
  outputOf: (f, reply) => (f === 'get' ? (reply as ReplyOf<typeof siblings, 'get'>).values : null),
});

class SiblingsGenerator implements Generator {
  readonly #keys: Keys;
  readonly #given: Params<typeof params>;
  #value: number;
  readonly #finals: FinalPositions;

  constructor(given: Params<typeof params>) {
    this.#keys = new Keys(given.keys);
    this.#finals = new FinalPositions(this.#keys.count);
    this.#given = given;
    this.#value = given['first-value'];
  }

  get firstKey(): string | undefined {
    return this.#keys.first;
  }

  get wasMoved(): boolean {
    return this.#keys.wasMoved;
  }

  next(_process: number, random: Random, heat?: string): Invocation {
    const { reads, deletes } = this.#given;
    const drawn = this.#keys.next(random, heat);
    const isRead = random.chance(reads);
    const key = this.#keys.instead(random, isRead) ?? drawn;
    if (isRead) return getOf(key);
    if (deletes > 0 && random.chance(deletes)) {
      return { f: 'delete', key, input: null, request: { type: 'delete', key } };
    }
    const value = this.#value++;
    return { f: 'put', key, input: value, request: { type: 'put', key, value } };
  }

  /** Each process reads every key once. */
  last(process: number): Invocation | null {
    const i = this.#finals.next(process);
    return i === null ? null : getOf(this.#keys.at(i));
  }
}

function getOf(key: string): Invocation {
  return { f: 'get', key, input: null, request: { type: 'get', key } };
}
