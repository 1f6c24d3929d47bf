/**
 * `read-your-writes`. Read your writes, alone: a read knows the earlier writes of its process. See
 * `causal/levels.ts`.
 */
import { registerChecker } from './hierarchy/register-checker.ts';

export default registerChecker('read-your-writes');
