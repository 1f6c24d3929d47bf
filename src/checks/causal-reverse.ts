/**
 * `causal-reverse`: no read saw a write without what was acknowledged before it. The workload makes
 * `write` with a unique value as its input and `read` whose output is the list of all values.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/causal-reverse.ts';
import { judgeCausalReverse } from './snapshots/causal-reverse.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['causal-reverse'],
  judge: (parts) => judgeCausalReverse(name, parts),
});
