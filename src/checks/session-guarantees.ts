/**
 * `session-guarantees`. The four session guarantees together, with one order of writes for all. See
 * `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('session-guarantees');
