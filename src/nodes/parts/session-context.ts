/**
 * The context of a session, which travels with its requests and answers: by key, what the session
 * has seen of it (DeCandia et al. 2007, Dynamo, section 4.4). A write with it replaces what its
 * writer had seen, and nothing else.
 */
import type { Plain } from '../../sim/node.ts';
import { type CausalContext, NOTHING_SEEN, type VersionVector } from './version-vector.ts';

export type SessionContext = { readonly [key: string]: CausalContext };

/** The most keys that a context holds: those used last. */
const KEYS_MAX = 64;

/** What the session has seen of a key, by the context of its request. */
export function seenOf(context: Plain | undefined, key: string): CausalContext {
  const contexts = contextsIn(context);
  return Object.hasOwn(contexts, key) ? (contexts[key] ?? NOTHING_SEEN) : NOTHING_SEEN;
}

/** The context that goes back to the session, which has seen this of the key now. */
export function withSeen(
  context: Plain | undefined,
  key: string,
  seen: CausalContext,
): SessionContext {
  // Not by entries: a copy of each of them took a sixth of a battery.
  const { [key]: _, ...others } = contextsIn(context);
  const kept: SessionContext = { ...others, [key]: seen };
  const names = Object.keys(kept);
  if (names.length <= KEYS_MAX) return kept;
  return Object.fromEntries(names.slice(-KEYS_MAX).map((name) => [name, kept[name] ?? seen]));
}

function contextsIn(context: Plain | undefined): SessionContext {
  const isMap = typeof context === 'object' && context !== null && !Array.isArray(context);
  return isMap ? (context as SessionContext) : {};
}

/** The key under which a proxy says what its session needs. No workload has it. */
const NEEDS_KEY = '/needs';

/** What goes with a request that may be served only where all of this is known. */
export function withNeeds(needs: VersionVector): Plain {
  return { [NEEDS_KEY]: needs };
}

/** null: the request needs nothing, and its asker keeps no versions. */
export function needsIn(context: Plain | undefined): VersionVector | null {
  const { [NEEDS_KEY]: needs } = contextsIn(context) as { readonly [key: string]: unknown };
  return (needs ?? null) as VersionVector | null;
}
