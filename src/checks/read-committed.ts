/** Adya, PhD thesis (MIT 1999), PL-2: no G0 and no G1. */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'read-committed',
  'No transaction sees what was aborted or not finished, and information flows one way.',
);
