/**
 * `saga`: every saga ends all done or all compensated, in reverse order. The workload makes `saga`
 * and `audit` as `judges/saga.ts` documents them.
 */
import { judgeSagas } from './effects/saga.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/saga.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['saga'],
  judge: (parts) => judgeSagas(name, parts),
});
