/**
 * `set-full`: no element that was known is ever lost, by reads made all the time. The workload
 * makes `add` (or `broadcast`) with the element as its input and `read` whose output is the list of
 * all elements.
 */
import { addNameIn, judgeSetFull } from './collections/judge-set-full.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/set-full.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['set', 'broadcast'],
  judge: (parts) => judgeSetFull(parts, { checker: name, add: addNameIn(parts) }),
});
