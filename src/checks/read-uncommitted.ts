/** Adya, PhD thesis (MIT 1999), PL-1: no write cycle (G0). */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker(
  'read-uncommitted',
  'No two transactions write over one another both ways.',
);
