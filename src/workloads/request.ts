/**
 * The request workload: one kind of operation, a unit of work without lasting effect, for servers
 * and what stands in front of them. Nothing but the answer's coming, and its time, is judged.
 */
import request from '../interfaces/request.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  keys: {
    type: 'integer',
    doc: 'Number of keys to ask for, `k1` and up, each as often; 0: requests have no key.',
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
  readonly keys: readonly string[];
  readonly #keys: number;
  readonly #fields: { readonly bytes?: number; readonly replyBytes?: number };

  constructor(given: Params<typeof params>) {
    const { keys, bytes } = given;
    const replyBytes = given['reply-bytes'];
    this.#keys = keys;
    this.keys = Array.from({ length: keys }, (_, i) => `k${i + 1}`);
    this.#fields = {
      ...(bytes === undefined ? {} : { bytes }),
      ...(replyBytes === undefined ? {} : { replyBytes }),
    };
  }

  next(_process: number, random: Random, heat?: string): Invocation {
    const drawn = this.#keys === 0 ? null : `k${random.int(1, this.#keys)}`;
    const key = heat !== undefined && this.keys.includes(heat) ? heat : drawn;
    const own = key === null ? this.#fields : { key, ...this.#fields };
    return { f: 'request', key, input: null, request: { type: 'request', ...own } };
  }

  /** There is nothing to read. */
  last(): null {
    return null;
  }
}
