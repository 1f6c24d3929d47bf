/**
 * `mutual-exclusion`: no two processes surely hold a lock at a time, and fencing tokens only grow.
 * The workload makes `acquire` and `release` on a key, and `write` with a token, as
 * `judges/mutex.ts` documents them.
 */
import { checkerOver } from './findings/parts.ts';
import judge from './judges/mutex.ts';
import { judgeLock } from './locks/mutual-exclusion.ts';

const name = 'mutual-exclusion';

export default checkerOver({
  name,
  summary: judge.summary,
  sources: judge.sources,
  judges: ['lock'],
  judge: (parts) =>
    judgeLock(parts, { checker: name, fencingOnly: false, leaseUs: null, reentrant: false }),
});
