/**
 * `causal`. Causal memory: each process can order all writes so that causes come first and its
 * reads fit. See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('causal');
