/**
 * Mistakes to switch on by `bug:`, and the check that catches each.
 */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'forget-prepared': {
    doc:
      'A participant does not re-take the locks of prepared transactions when it boots: others ' +
      'change the accounts, and the commit that comes at last overwrites them.',
    caughtBy: 'bank',
  },
  'unilateral-abort': {
    doc: 'A participant that has voted yes aborts alone when the decision does not come in time.',
    caughtBy: 'atomicity',
  },
  'presume-wrong': {
    doc: 'The coordinator answers what it has never heard of with the contrary of its presumption.',
    caughtBy: 'atomicity',
  },
  'decide-apart': {
    doc:
      'When votes are missing, the coordinator commits where it has a yes, and aborts at the ' +
      'others.',
    caughtBy: 'atomicity',
  },
  'ack-before-log': {
    doc:
      'Votes, decisions and acknowledgements leave before the record that they promise is on ' +
      'disk: a crash takes back what others rely on.',
    caughtBy: 'bank',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`two-phase-commit knows no bug ${name}`);
  return name as Bug;
}
