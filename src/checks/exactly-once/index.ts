/**
 * `exactly-once`: every acknowledged request took effect exactly once. The workload makes `apply`
 * with the id of the request as its input, and at the end `read` whose output is the list of the
 * ids of all effects, one entry each time.
 */

import effects from '../../interfaces/effects.ts';
import { checkerLike, consistencyParam, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { type EffectGuarantee, effectGuarantees, judgeEffects } from './exactly-once.ts';

export const judge = defineJudge({
  name: 'exactly-once',
  summary: 'Every acknowledged request took effect exactly once, every other one at most once.',
  sources: ["ONC+ Developer's Guide: call semantics"],
  operations: [
    {
      f: 'apply',
      input: 'the id of the request',
      output: 'ignored',
      doc: 'Asks for an effect; a retry has the same id.',
    },
    {
      f: 'read',
      input: 'null',
      output: 'the list of the ids of all effects, one entry each time',
      doc: 'The last one after all requests had ended counts.',
    },
  ],
  params: {},
  consistencies: effectGuarantees,
  judge: (history, _, consistency) =>
    judgeEffects('exactly-once', partsOf(history), consistency as EffectGuarantee),
});

export default checkerLike(judge, {
  judges: [effects],
  params: { consistency: consistencyParam(effectGuarantees, 'exactly-once') },
  shorthand: 'consistency',
  judge: (parts, { consistency }) => judgeEffects(judge.name, parts, consistency),
});
