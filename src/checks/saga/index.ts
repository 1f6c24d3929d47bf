/**
 * `saga`: every saga ends all done or all compensated, in reverse order. The workload makes `saga`
 * and `audit` as the judge documents them.
 */

import saga from '../../interfaces/saga.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeSagas } from './saga.ts';

export const judge = defineJudge({
  name: 'saga',
  summary: 'Sagas end with all steps done, or with all that was done compensated in reverse order.',
  sources: ['Garcia-Molina, Salem: Sagas (SIGMOD 1987)'],
  operations: [
    {
      f: 'saga',
      input: '{ id, steps: [...] }',
      output: 'ignored',
      doc: 'ok: all steps are done; fail: nothing of it lasts; info: one of the two.',
    },
    {
      f: 'audit',
      input: 'null',
      output: '[[id, step, "done" | "compensated"], ...]',
      doc: 'What the participants did, in order. The last one after all sagas had ended counts.',
    },
  ],
  params: {},
  consistencies: ['all-or-nothing'],
  judge: (history) => judgeSagas('saga', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [saga],
  judge: (parts) => judgeSagas(judge.name, parts),
});
