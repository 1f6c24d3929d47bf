/**
 * `agreement`: all who propose for a key hear one value, and somebody had proposed it. The workload
 * makes `propose`, with the proposed value as its input and the chosen one as its output.
 */
import propose from '../../interfaces/propose.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeAgreement } from './agreement.ts';

export const judge = defineJudge({
  name: 'agreement',
  summary: 'One value is chosen for each key, one that was proposed, and everybody hears it.',
  sources: ['Lamport 2001, Paxos Made Simple, section 2.1'],
  operations: [
    {
      f: 'propose',
      input: 'the proposed value',
      output: 'the value that was chosen',
      doc: 'Proposes a value for its key.',
    },
  ],
  params: {},
  consistencies: ['agreement'],
  judge: (history) => judgeAgreement('agreement', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [propose],
  judge: (parts) => judgeAgreement(judge.name, parts),
});
