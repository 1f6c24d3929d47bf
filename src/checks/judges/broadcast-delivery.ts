/** `dsim check --model broadcast-delivery`: see `replicas/delivered.ts`. */
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeDelivered } from '../replicas/delivered.ts';

export default defineJudge({
  name: 'broadcast-delivery',
  summary:
    'Every acknowledged broadcast is at last known to every node, and nothing comes from nowhere.',
  sources: ['Maelstrom, workload broadcast (jepsen-io/maelstrom)'],
  operations: [
    { f: 'broadcast', input: 'the message, unique', output: 'ignored', doc: 'Hands in a message.' },
    {
      f: 'read',
      input: 'null',
      output: 'the list of all messages known',
      doc: 'Final of its node if it was invoked after the last broadcast had ended.',
    },
  ],
  params: {},
  consistencies: ['eventual'],
  judge: (history) => judgeDelivered(partsOf(history), { checker: 'broadcast-delivery' }),
});
