/**
 * The echo workload (Maelstrom, doc/workloads.md): each request brings a payload that nobody sent
 * before, and wants it back.
 */
import echo from '../interfaces/echo.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { defineParams } from '../sim/params.ts';
import { defineWorkload } from './workload.ts';

const params = defineParams({
  'first-value': {
    type: 'integer',
    doc: 'The first payload; the next are one more each.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'echo',
  summary: 'Payloads that nobody sent before, and that should come back.',
  params,
  asks: echo,
  generator(given) {
    let payload = given['first-value'];
    return {
      next() {
        const own = payload++;
        return { f: 'echo', key: null, input: own, request: { type: 'echo', payload: own } };
      },
      last: () => null,
    };
  },
  outputOf: (_f, reply) => (reply as ReplyOf<typeof echo, 'echo'>).payload ?? null,
});
