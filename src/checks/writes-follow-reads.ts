/**
 * `writes-follow-reads`. Writes follow reads, alone: whoever knows a write knows what its process
 * had read. See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('writes-follow-reads');
