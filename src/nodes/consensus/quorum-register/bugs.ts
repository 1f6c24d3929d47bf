/**
 * The famous mistakes of replicated registers, each behind `bug:`, and the check that catches it.
 */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'no-write-back': {
    doc: 'A read answers after its first phase: one read sees a write under way, a later one at other replicas the value before: regular, not atomic.',
    caughtBy: 'linearizable',
  },
  'minority-quorum': {
    doc:
      'Half of the replicas, rounded down, count as a quorum: two of them need not share a ' +
      'member, and a read misses what was written.',
    caughtBy: 'linearizable',
  },
  'no-writer-in-stamp': {
    doc:
      'Stamps are numbers without the name of the writer: two writers choose the same one, and ' +
      'replicas keep different values for it.',
    caughtBy: 'one-value-per-stamp',
  },
  'stamp-in-memory': {
    doc:
      'A stamp is sent before it is on the disk of the writer, which after a crash may use it ' +
      'again for another value.',
    caughtBy: 'one-value-per-stamp',
  },
  'ack-before-durable': {
    doc:
      'A replica acknowledges a value before it is on its disk: a power cut takes back what a ' +
      'quorum had acknowledged.',
    caughtBy: 'linearizable',
  },
  'count-doubles': {
    doc:
      'Answers are counted, not members: one answer that the network doubled makes a quorum of ' +
      'fewer replicas.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`quorum-register knows no bug ${name}`);
  return name as Bug;
}
