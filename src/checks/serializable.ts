/** Adya, PhD thesis (MIT 1999), PL-3: no G1 and no G2. */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker('serializable', 'Transactions could have run one after another.');
