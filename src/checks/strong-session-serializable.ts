/** Daudjee, Salem: Lazy Database Replication with Ordering Guarantees (ICDE 2004). */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'strong-session-serializable',
  'Transactions could have run one after another, those of each process in its order.',
);
