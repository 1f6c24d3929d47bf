/**
 * `delivered`: every acknowledged broadcast is in the final read of every node that was asked and
 * is up at the end, and no node knows what nobody broadcast. The workload makes `broadcast` with
 * the message as its input and `read` whose output is the list of all messages.
 */
import broadcast from '../../interfaces/broadcast.ts';
import { checkerOver, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeDelivered } from './delivered.ts';

export const judge = defineJudge({
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

const name = 'delivered';

export default checkerOver({
  name,
  summary: judge.summary,
  sources: judge.sources,
  judges: [broadcast],
  judge(parts, _, { down, endedAtUs }) {
    const atEnd = down.filter(({ untilUs }) => untilUs >= endedAtUs).map(({ node }) => node);
    return judgeDelivered(parts, { checker: name, down: new Set(atEnd) });
  },
});
