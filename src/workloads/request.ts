/**
 * The request workload: one kind of operation, a unit of work without lasting effect, for servers
 * and what stands in front of them. Nothing but the answer's coming, and its time, is judged.
 */
import request from '../interfaces/request.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { Keys } from './parts/keys.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  keys: {
    type: 'keys',
    doc: 'Keys to ask for, `k1` and up: their number, or how often each comes too; 0: requests have no key.',
    default: 0,
    min: 0,
  },
  bytes: {
    type: 'bytes',
    doc: 'Size of a request on links with a bandwidth; absent, that of its text.',
    optional: true,
    min: 0,
  },
  'reply-bytes': {
    type: 'bytes',
    doc: 'Size of the answer that a request asks for; absent, as many as the request.',
    optional: true,
    min: 0,
  },
});

export default defineWorkload({
  name: 'request',
  summary: 'Requests that are only answered: load for servers, balancers and proxies.',
  params,
  asks: request,
  generator: (given) => new RequestGenerator(given),
  outputOf: () => null,
});

class RequestGenerator implements Generator {
  readonly #keys: Keys;
  readonly #fields: { readonly bytes?: number; readonly replyBytes?: number };
  /** What is asked where there are no keys: the same each time. */
  readonly #plain: Invocation;

  constructor(given: Params<typeof params>) {
    const { keys, bytes } = given;
    const replyBytes = given['reply-bytes'];
    this.#keys = new Keys(keys);
    this.#fields = {
      ...(bytes === undefined ? {} : { bytes }),
      ...(replyBytes === undefined ? {} : { replyBytes }),
    };
    const request = { type: 'request', ...this.#fields };
    this.#plain = { f: 'request', key: null, input: null, request };
  }

  get firstKey(): string | undefined {
    return this.#keys.first;
  }

  get wasMoved(): boolean {
    return this.#keys.wasMoved;
  }

  next(_process: number, random: Random, heat?: string): Invocation {
    if (this.#keys.count === 0) return this.#plain;
    const key = this.#key(random, heat);
    return { f: 'request', key, input: null, request: { type: 'request', key, ...this.#fields } };
  }

  #key(random: Random, heat?: string): string {
    const drawn = this.#keys.next(random, heat);
    return this.#keys.instead(random, true) ?? drawn;
  }

  /** There is nothing to read. */
  last(): null {
    return null;
  }
}
