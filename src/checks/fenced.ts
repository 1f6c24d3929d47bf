/**
 * `fenced`: a lock may have two holders for a while, but what it guards accepts no older token
 * after a newer one. The workload is that of `mutual-exclusion`.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/mutex.ts';
import { judgeLock } from './locks/mutual-exclusion.ts';

const name = 'fenced';

export default checkerOver({
  name,
  summary: 'What a lock guards accepts no older fencing token after a newer one.',
  sources: judge.sources,
  judges: ['lock'],
  judge: (parts) =>
    judgeLock(parts, { checker: name, fencingOnly: true, leaseUs: null, reentrant: false }),
});
