/**
 * `monotonic`: what a process is answered never goes back. The workload makes `read`, `now`,
 * `timestamp`, `next` or `inc` whose output is a number, a text, or a list of them.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/monotonic.ts';
import { judgeMonotonic } from './timestamps/monotonic.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['monotonic'],
  judge: (parts) => judgeMonotonic(name, parts, 'process'),
});
