/**
 * The propose workload: several clients propose a value of their own for the same key, and hear
 * which one was chosen; then comes the next key. No value is proposed twice by one load.
 */
import propose from '../interfaces/propose.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  rivals: {
    type: 'integer',
    doc: 'How many proposals each key gets, one after the other in the order of invocation; with 1 nobody interferes.',
    default: 3,
    min: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first value proposed; the next are one more each. Sets two loads apart.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'propose',
  summary: 'Several clients propose a value each for one key, then for the next.',
  params,
  asks: propose,
  tell: (_f, input, output) => {
    const asked = `propose ${JSON.stringify(input)}`;
    return output === undefined ? asked : `${asked} → ${JSON.stringify(output)}`;
  },
  generator: (given) => new ProposeGenerator(given),
  outputOf: (_f, reply) => (reply as ReplyOf<typeof propose, 'propose'>).value,
});

class ProposeGenerator implements Generator {
  readonly #rivals: number;
  readonly #first: number;
  #count = 0;

  constructor(given: Params<typeof params>) {
    this.#rivals = given.rivals;
    this.#first = given['first-value'];
  }

  next(): Invocation {
    const key = `k${Math.floor(this.#count / this.#rivals) + 1}`;
    const value = this.#first + this.#count++;
    return { f: 'propose', key, input: value, request: { type: 'propose', key, value } };
  }

  /** What is chosen was answered, or is asked for by the next proposal. */
  last(): null {
    return null;
  }
}
