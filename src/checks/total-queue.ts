/**
 * `total-queue`: what goes into a queue comes out of it, at least once. The workload makes
 * `enqueue` with the value as its input, `dequeue` with the value as its output, and at the end
 * `drain` with the list of what was left.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/total-queue.ts';
import { judgeTotalQueue } from './queues/total-queue.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['queue'],
  judge: (parts) => judgeTotalQueue(parts, { checker: name, exactlyOnce: false }),
});
