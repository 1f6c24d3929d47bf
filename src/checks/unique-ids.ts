/**
 * `unique-ids`: no identifier is given twice. The workload makes `generate`, whose output is the
 * identifier.
 */
import { checkerOver } from './findings/parts.ts';
import { judgeUniqueIds } from './identifiers/unique-ids.ts';
import judge from './judges/unique-ids.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['ids'],
  judge: (parts) => judgeUniqueIds(name, parts),
});
