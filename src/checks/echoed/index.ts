/** `echoed`: what comes back is what was sent. */
import echo from '../../interfaces/echo.ts';
import { checkerLike, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeEchoed } from './echoed.ts';

export const judge = defineJudge({
  name: 'echoed',
  summary: 'Payloads that come back as they were sent.',
  sources: ['Maelstrom, doc/workloads.md, echo (jepsen-io/maelstrom)'],
  operations: [
    {
      f: 'echo',
      input: 'the payload',
      output: 'the payload of the answer',
      doc: 'Asks for it back.',
    },
  ],
  params: {},
  consistencies: ['echoed'],
  judge: (history) => judgeEchoed('echoed', partsOf(history)),
});

export default checkerLike(judge, {
  judges: [echo],
  judge: (parts) => judgeEchoed(judge.name, parts),
});
