/**
 * `monotonic`: what a process is answered never goes back. The workload makes `read`, `now`,
 * `timestamp`, `next` or `inc` whose output is a number, a text, or a list of them.
 */
import timestamp from '../../interfaces/timestamp.ts';
import { checkerLike, consistencyParam, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeMonotonic, type MonotonicConsistency, monotonicConsistencies } from './monotonic.ts';

export const judge = defineJudge({
  name: 'monotonic',
  summary: 'Timestamps, versions or counters that never go back.',
  sources: ['Terry et al.: Session Guarantees for Weakly Consistent Replicated Data (PDIS 1994)'],
  operations: [
    {
      f: 'read',
      input: 'null',
      output: 'a number, a text, or a list of them',
      doc: 'What must not go back; `now`, `timestamp`, `next` and `inc` are the same.',
    },
    { f: 'write', input: 'ignored', output: 'ignored', doc: 'Not judged; `set` is the same.' },
  ],
  params: {},
  /** `process`: for each process alone. `strict-realtime`: every answer is new, too. */
  consistencies: monotonicConsistencies,
  judge: (history, _, consistency) =>
    judgeMonotonic('monotonic', partsOf(history), consistency as MonotonicConsistency),
});

export default checkerLike(judge, {
  judges: [timestamp],
  params: { consistency: consistencyParam(monotonicConsistencies, 'process') },
  shorthand: 'consistency',
  judge: (parts, { consistency }) => judgeMonotonic(judge.name, parts, consistency),
});
