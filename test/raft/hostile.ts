/**
 * The search for each `bug:` in the hostile world of `chaos.ts`: all under one configuration, of
 * which each seed draws the style, the settings and the faults.
 */
import { bugs } from '../../src/nodes/consensus/raft/bugs.ts';
import { chaos } from './chaos.ts';

/** What catches the bugs that stop what must happen. */
const ofLiveness: readonly string[] = ['live', 'longest gap'];

/** The bugs that break what must never happen. */
export const unsafe = Object.entries(bugs).flatMap(([name, { caughtBy }]) =>
  ofLiveness.includes(caughtBy) ? [] : [name as keyof typeof bugs],
);

export interface Hunt {
  readonly bug: string;
  /** The first seed that shows it; null if none of them does. */
  readonly first: number | null;
  readonly violation: string | null;
}

/** The first violation of a bug within this number of seeds. */
export function hunt(bug: (typeof unsafe)[number], seeds: number): Hunt {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = chaos({ seed, bug });
    // That nothing is answered any more may have another reason than the bug.
    const isNamed = violation !== null && !violation.startsWith('progress');
    if (isNamed) return { bug, first: seed, violation };
  }
  return { bug, first: null, violation: null };
}
