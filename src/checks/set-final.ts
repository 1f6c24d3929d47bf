/**
 * `set-final`: nothing acknowledged is missing from the last read of a set. The workload makes
 * `add` with the element as its input and `read` whose output is the list of all elements.
 */
import { judgeSetFinal } from './collections/set-final.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/set-final.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['set'],
  judge: (parts) => judgeSetFinal(name, parts),
});
