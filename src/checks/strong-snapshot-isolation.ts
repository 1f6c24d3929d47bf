/** Daudjee, Salem: Lazy Database Replication with Snapshot Isolation (VLDB 2006). */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'strong-snapshot-isolation',
  'Snapshot isolation, and each snapshot has all that was committed before.',
);
