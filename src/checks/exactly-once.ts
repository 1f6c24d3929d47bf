/**
 * `exactly-once`: every acknowledged request took effect exactly once. The workload makes `apply`
 * with the id of the request as its input, and at the end `read` whose output is the list of the
 * ids of all effects, one entry each time.
 */
import { judgeEffects } from './effects/exactly-once.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/exactly-once.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['effects'],
  judge: (parts) => judgeEffects(name, parts, 'exactly-once'),
});
