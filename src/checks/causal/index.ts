/**
 * The levels of consistency of registers below `sequential`, a checker each: causal memory, the
 * causal consistencies, PRAM, and the four session guarantees, alone and together. What each level
 * promises, and its source, stands in `levels.ts`.
 */
import type { Checker } from '../checker.ts';
import { registerChecker } from '../hierarchy/register-checker.ts';
import type { LevelName } from './levels.ts';

const levels: readonly LevelName[] = [
  'causal',
  'causal-convergence',
  'causal-consistency',
  'pram',
  'session-guarantees',
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
];

const checkers: readonly Checker[] = levels.map(registerChecker);

export default checkers;
