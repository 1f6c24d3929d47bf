/**
 * `counter`: every read of a counter lies between what was surely and what was possibly added. The
 * workload makes `add` with a number, not negative, as its input and `read` with the number as its
 * output.
 */
import { judgeCounter } from './counters/counter.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/counter.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['counter'],
  judge: (parts) => judgeCounter(name, parts),
});
