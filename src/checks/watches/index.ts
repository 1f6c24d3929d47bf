/**
 * `watches`: whoever set a watch hears of the change before it reads what is new. The workload
 * makes `get` and `exists`, with `{ watch: true }` as input if they set a watch, and records each
 * `event`.
 */
import coordination from '../../interfaces/coordination.ts';
import { checkerOver } from '../findings/parts.ts';
import { judgeWatches } from './watches.ts';

export default checkerOver({
  name: 'watches',
  summary: 'Whoever watches a node hears of its change before it reads what is new.',
  sources: [
    'Hunt, Konar, Junqueira, Reed 2010, ZooKeeper: Wait-free coordination for Internet-scale systems (USENIX ATC), section 2.1',
  ],
  judges: [coordination],
  judge: (parts) => judgeWatches(parts, 'watches'),
});
