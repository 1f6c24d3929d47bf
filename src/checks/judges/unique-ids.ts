/** `dsim check --model unique-ids`: see `identifiers/unique-ids.ts`. */
import { partsOf } from '../findings/parts.ts';
import { judgeUniqueIds } from '../identifiers/unique-ids.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
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
