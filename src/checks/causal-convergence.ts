/**
 * `causal-convergence`. Causal convergence: one order of all writes, in which a read returns the
 * last that it knows. See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('causal-convergence');
