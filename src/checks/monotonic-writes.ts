/**
 * `monotonic-writes`. Monotonic writes, alone: whoever knows a write knows the earlier ones of its
 * process. See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('monotonic-writes');
