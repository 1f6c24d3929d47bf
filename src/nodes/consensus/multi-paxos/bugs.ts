/** The famous mistakes with Multi-Paxos, each behind `bug:`, and the check that catches it. */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'gap-skipped': {
    doc:
      'A new leader takes a slot of which no promise named a value for empty, without having that ' +
      'chosen: a member that was not asked may have a value there, and a later leader finds it.',
    caughtBy: 'chosen-by-majority',
  },
  'promise-latest-slot-only': {
    doc:
      'A promise names the last slot that was accepted in place of all of them: values of the ' +
      'other slots may be chosen, and are overwritten.',
    caughtBy: 'same-history',
  },
  'lease-without-wait': {
    doc:
      'Who has given a lease to a leader promises a new ballot before the lease is over, and the ' +
      'old leader goes on to answer reads from its own state.',
    caughtBy: 'linearizable',
  },
  'local-reads': {
    doc: 'A leader answers reads from its own state without a lease: after a cut, with the past.',
    caughtBy: 'linearizable',
  },
  'promise-not-durable': {
    doc:
      'Promises are in memory only: after a crash a member accepts values of a leader whose ' +
      'successor it has helped to elect.',
    caughtBy: 'same-history',
  },
  'ack-before-durable': {
    doc: 'A member says that it has accepted before its disk has: a power cut takes it back.',
    caughtBy: 'chosen-by-majority',
  },
  'own-value-always': {
    doc: 'A new leader puts its own requests into slots that promises have named values for.',
    caughtBy: 'same-history',
  },
  'chosen-by-index': {
    doc: 'A member takes what it has accepted in any ballot for chosen up to the leader’s chosen index: an old value in a slot that was chosen with another.',
    caughtBy: 'same-history',
  },
  'change-at-once': {
    doc:
      'New voters decide the next slot, and not the one that is `window` later: slots that are open ' +
      'are decided by the old voters and by the new ones.',
    caughtBy: 'chosen-by-majority',
  },
  'change-without-prepare': {
    doc:
      'A leader proposes values to new voters that have promised it nothing: they may have chosen ' +
      'one of an earlier leader.',
    caughtBy: 'same-history',
  },
  'lease-survives-transfer': {
    doc:
      'A leader that has asked another to lead still reads by its lease, though the members do not ' +
      'wait for that.',
    caughtBy: 'linearizable',
  },
  'snapshot-without-sessions': {
    doc: 'A snapshot holds the values and not the sessions: a retry is executed a second time.',
    caughtBy: 'linearizable',
  },
  'no-dedup': {
    doc: 'Retries and doubled messages are executed again.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`multi-paxos knows no bug ${name}`);
  return name as Bug;
}
