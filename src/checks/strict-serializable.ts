/** Adya, PhD thesis (MIT 1999), PL-SS: serializable, in real time. */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'strict-serializable',
  'Transactions could have run one after another, each between its call and its answer.',
);
