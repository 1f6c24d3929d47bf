/**
 * `unique-ids`: no identifier is given twice. The workload makes `generate`, whose output is the
 * identifier.
 */
import ids from '../../interfaces/ids.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeUniqueIds } from './unique-ids.ts';

export const judge = defineJudge({
  name: 'unique-ids',
  summary: 'Identifiers that are all different.',
  sources: ['Jepsen, checker `unique-ids` (jepsen-io/jepsen, checker.clj)'],
  operations: [
    {
      f: 'generate',
      input: 'null',
      output: 'the identifier, of any kind',
      doc: 'Asks for a new identifier.',
    },
  ],
  params: {},
  consistencies: ['unique'],
  judge: (history) => judgeUniqueIds('unique-ids', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [ids],
  judge: (parts) => judgeUniqueIds(judge.name, parts),
});
