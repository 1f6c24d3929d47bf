/**
 * `long-fork`: no two readers saw two writes in different orders. The workload makes `write` with
 * the input `[["w", key, value]]`, each key once, and `read` with the input `[["r", key, null],
 * ...]` of a group of keys and as its output the same with values.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/long-fork.ts';
import { judgeLongFork } from './snapshots/long-fork.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['long-fork'],
  judge: (parts) => judgeLongFork(parts, { checker: name, groupSize: null }),
});
