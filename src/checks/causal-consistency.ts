/**
 * `causal-consistency`. The weakest causal consistency: no read returns what a write it knew of had
 * replaced. See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('causal-consistency');
