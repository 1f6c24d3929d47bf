/**
 * `unordered-queue`: nothing comes out of a queue that was not put in, and no more often. The
 * workload makes `enqueue` with the value as its input and `dequeue` with the value as its output.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/unordered-queue.ts';
import { judgeUnorderedQueue } from './queues/unordered-queue.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['queue'],
  judge: (parts) => judgeUnorderedQueue(name, parts),
});
