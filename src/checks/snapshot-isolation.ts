/**
 * Adya, PhD thesis (MIT 1999), PL-SI; Cerone, Gotsman (PODC 2016): no cycle whose anti-dependencies
 * are all apart.
 */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'snapshot-isolation',
  'Each transaction reads from one snapshot, and of two that write the same key one gives way.',
);
