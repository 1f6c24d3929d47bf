/** Adya, PhD thesis (MIT 1999), PL-2.99: no G1 and no G2-item. */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'repeatable-read',
  'Transactions on items, without predicates, could have run one after another.',
);
