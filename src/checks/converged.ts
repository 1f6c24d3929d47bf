/**
 * `converged`: when nobody writes any more, all replicas that were read answer the same, on every
 * key. Every operation but `read` counts as a write; lists in another order are the same.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/convergence.ts';
import { judgeConverged } from './replicas/converged.ts';

const name = 'converged';

export default checkerOver({
  name,
  summary: judge.summary,
  sources: judge.sources,
  judges: ['broadcast', 'counter', 'kv-append', 'pn-counter', 'register', 'set'],
  judge: (parts) => judgeConverged(parts, { checker: name, ordered: false }),
});
