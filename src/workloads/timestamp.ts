/** The timestamp workload: clients ask what time it is. */
import timestamp from '../interfaces/timestamp.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { defineWorkload, type Invocation } from './workload.ts';

const ASK: Invocation = { f: 'now', key: null, input: null, request: { type: 'now' } };

export default defineWorkload({
  name: 'timestamp',
  summary: 'Asks for the time, again and again.',
  params: {},
  asks: timestamp,
  generator: () => ({ next: () => ASK, last: () => null }),
  outputOf: (_f, reply) => (reply as ReplyOf<typeof timestamp, 'now'>).value,
});
