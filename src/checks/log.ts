/**
 * `log`: producers and consumers of partitioned logs agree on what stands where, nothing committed
 * is lost, and everybody goes through in order. The workload makes `send`, `poll`, `assign` and
 * `subscribe` as `judges/log.ts` documents them.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/log.ts';
import { judgeLog } from './log/judge-log.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['log'],
  judge: (parts) => judgeLog(name, parts, 'strict'),
});
