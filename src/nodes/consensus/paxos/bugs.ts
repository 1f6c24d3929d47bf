/**
 * The famous mistakes with single-decree Paxos, each behind `bug:`, and the check that catches it.
 */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'promise-not-durable': {
    doc:
      'An acceptor keeps promises in memory only: after a crash it accepts a lower ballot that it ' +
      'had promised to refuse.',
    caughtBy: 'one-chosen',
  },
  'accept-below-promise': {
    doc:
      'An acceptor compares ballots in phase 1 only, and accepts a value in a ballot lower than ' +
      'one that it has promised.',
    caughtBy: 'one-chosen',
  },
  'own-value-always': {
    doc:
      'A proposer proposes its own value, whatever the promises say was accepted before: it ' +
      'overwrites a value that may be chosen.',
    caughtBy: 'one-chosen',
  },
  'commonest-value': {
    doc:
      'A proposer takes the value that most promises name in place of the one with the highest ' +
      'ballot: a value that lost beats one that may be chosen.',
    caughtBy: 'one-chosen',
  },
  'count-value-across-ballots': {
    doc:
      'A learner counts acceptors of a value and not of a ballot: acceptors that have accepted it ' +
      'at different times make no quorum.',
    caughtBy: 'chosen-by-quorum',
  },
  'reuse-ballot': {
    doc:
      'A proposer counts rounds for each proposal, in memory only: after a crash it proposes ' +
      'another value for the same key under a ballot that it has used.',
    caughtBy: 'one-chosen',
  },
  'quorums-apart': {
    doc:
      'The second phase waits for one acceptor less than it must, so that a quorum of the first ' +
      'phase may hear nothing of what was chosen.',
    caughtBy: 'chosen-by-quorum',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`paxos knows no bug ${name}`);
  return name as Bug;
}
