/** `dsim check --model exactly-once`: see `effects/exactly-once.ts`. */
import { type EffectGuarantee, effectGuarantees, judgeEffects } from '../effects/exactly-once.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';

export default defineJudge({
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
