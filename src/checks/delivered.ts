/**
 * `delivered`: every acknowledged broadcast is in the final read of every node that was asked and
 * is up at the end, and no node knows what nobody broadcast. The workload makes `broadcast` with
 * the message as its input and `read` whose output is the list of all messages.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/broadcast-delivery.ts';
import { judgeDelivered } from './replicas/delivered.ts';

const name = 'delivered';

export default checkerOver({
  name,
  summary: judge.summary,
  sources: judge.sources,
  judges: ['broadcast'],
  judge(parts, { down, endedAtUs }) {
    const atEnd = down.filter(({ untilUs }) => untilUs >= endedAtUs).map(({ node }) => node);
    return judgeDelivered(parts, { checker: name, down: new Set(atEnd) });
  },
});
