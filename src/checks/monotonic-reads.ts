/**
 * `monotonic-reads`. Monotonic reads, alone: a read knows what earlier reads of its process knew.
 * See `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('monotonic-reads');
