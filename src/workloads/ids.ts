/**
 * The workload of unique identifiers (Maelstrom, doc/workloads.md, `unique-ids`): asks for one
 * after another.
 */
import ids from '../interfaces/ids.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { defineParams } from '../sim/params.ts';
import { defineWorkload, type Invocation } from './workload.ts';

const GENERATE: Invocation = {
  f: 'generate',
  key: null,
  input: null,
  request: { type: 'generate' },
};

export default defineWorkload({
  name: 'ids',
  summary: 'Asks for identifiers, one after another.',
  params: defineParams({}),
  asks: ids,
  generator: () => ({ next: () => GENERATE, last: () => null }),
  outputOf: (_f, reply) => (reply as ReplyOf<typeof ids, 'generate'>).value ?? null,
});
