/**
 * What the end of a call says of its target's health: the one table by which breakers open, members
 * are ejected, and limits shrink.
 *
 * A target that answers is well, whatever it answers: a request that is wrong, or loses a conflict,
 * is not its fault (as 4xx of HTTP beside 5xx). A rate limit, a circuit that is open further on, or
 * a call that was cancelled say nothing of it. A refusal of the caller's own layers is no news at
 * all: the target was not asked.
 *
 * No news still ends the attempt: whoever gave out a permit for it (a probe, a place in a bulkhead,
 * a count of what is in flight) must take it back, or it leaks away one cancelled call at a time.
 */
import type { Failure, Outcome } from '../../sim/call.ts';
import { errors } from '../../sim/rpc.ts';

export type HealthNews = 'success' | 'failure' | 'none';

const failures: ReadonlySet<string> = new Set([
  'timeout',
  'crash',
  'temporarily-unavailable',
  'overloaded',
]);

const silent: ReadonlySet<string> = new Set(['rate-limited', 'circuit-open', 'cancelled']);

/** Of a target that was asked: `how` is `ok`, the code of the error, or `cancelled`. */
export function newsOf(how: string): HealthNews {
  if (failures.has(how)) return 'failure';
  // A code that nobody knows may mean anything.
  if (silent.has(how) || (how !== 'ok' && !errors.has(how))) return 'none';
  return 'success';
}

/** The same of an outcome, which may be no news since nobody was asked. */
export function newsOfOutcome(outcome: Outcome): HealthNews {
  if (outcome.ok) return 'success';
  return outcome.from === null ? 'none' : newsOf(outcome.code);
}

const refusals: ReadonlySet<string> = new Set(['circuit-open', 'rate-limited', 'overloaded']);

/** Whether the caller's own layers have refused: nothing was sent. */
export function isOwnRefusal(failure: Failure): boolean {
  return failure.from === null && refusals.has(failure.code);
}
