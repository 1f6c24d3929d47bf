/**
 * `pn-counter`: at last every node reads the sum of all acknowledged adds and of some of the
 * uncertain ones. The workload makes `add` with an integer as its input and `read` with the integer
 * as its output; reads after the last add are final.
 */
import { judgePnCounter } from './counters/pn-counter.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/pn-counter.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['pn-counter', 'counter'],
  judge: (parts) => judgePnCounter(name, parts),
});
