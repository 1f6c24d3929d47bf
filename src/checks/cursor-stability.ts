/** Adya, PhD thesis (MIT 1999), PL-CS: read committed without lost updates. */
import { isolationChecker } from './transactions/isolation-checker.ts';

export default isolationChecker('cursor-stability', 'Read committed, and no update is lost.');
