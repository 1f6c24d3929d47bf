/**
 * The hand-driven hostile world over thousands of seeds, for `npm run test:long`: the correct Raft
 * under one configuration, with changes of the members, transfers, snapshots and clients that ask
 * again, and each `bug:` under the same one.
 */
import { bugs } from '../../src/nodes/consensus/raft/bugs.ts';
import { chaos } from './chaos.ts';

/** The bugs that break what must never happen; the others stop what must. */
export const unsafe = Object.entries(bugs).flatMap(([name, { caughtBy }]) =>
  caughtBy === 'live' ? [] : [name as keyof typeof bugs],
);

export interface Hunt {
  readonly bug: string;
  /** The first seed that shows it; null if none of them does. */
  readonly first: number | null;
  readonly violation: string | null;
}

/** The first violation of each bug within so many seeds. */
export function hunt(bug: (typeof unsafe)[number], seeds: number): Hunt {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = chaos({ seed, bug });
    // That nothing is answered any more may have another reason than the bug.
    const isNamed = violation !== null && !violation.startsWith('progress');
    if (isNamed) return { bug, first: seed, violation };
  }
  return { bug, first: null, violation: null };
}

/** The violations of the correct Raft in seeds 1 to `seeds`: there should be none. */
export function violationsOf(seeds: number): readonly string[] {
  const found: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = chaos({ seed });
    if (violation !== null) found.push(`seed ${seed}: ${violation}`);
  }
  return found;
}

/** All of it; throws if a seed of the correct Raft breaks anything, or a bug is not found. */
export function searchAll(print: (line: string) => void): void {
  const violations = violationsOf(5000);
  print(`hostile world: 5000 seeds, ${violations.length} violations`);
  const hunts = unsafe.map((bug) => hunt(bug, 500));
  for (const { bug, first, violation } of hunts) print(`${bug}: seed ${first}, ${violation}`);
  const missed = hunts.filter(({ first }) => first === null).map(({ bug }) => bug);
  if (violations.length > 0) throw new Error(violations.slice(0, 5).join('\n'));
  if (missed.length > 0) throw new Error(`not found within 500 seeds: ${missed.join(', ')}`);
}
