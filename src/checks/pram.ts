/**
 * `pram`. PRAM: each process sees the writes of every other one in the order they were made. See
 * `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('pram');
