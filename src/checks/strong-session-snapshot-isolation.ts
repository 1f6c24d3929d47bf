/** Daudjee, Salem: Lazy Database Replication with Snapshot Isolation (VLDB 2006). */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'strong-session-snapshot-isolation',
  'Snapshot isolation, and each process sees what it has done before.',
);
