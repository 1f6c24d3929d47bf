/** Atomic commit, as far as it can be seen in the state of all nodes at one moment. */
import type { NodeId } from '../../../sim/node.ts';
import type { Invariant } from '../../../sim/system.ts';
import type { OutcomeView } from './outcomes.ts';

/**
 * No two nodes have decided a transaction differently. It is checked after every event, so the last
 * transaction of each node against the last ones of the others is enough. What a participant
 * has decided by `heuristic` is not among them: tearing apart is what that knob is for.
 */
function atomicity(views: ReadonlyMap<NodeId, OutcomeView>): string | null {
  for (const [name, { latest, committed }] of views) {
    if (latest === 0) continue;
    const commits = committed[committed.length - 1] === latest;
    for (const [other, view] of views) {
      if (other === name) continue;
      if (!(commits ? view.aborted : view.committed).includes(latest)) continue;
      const [a, b] = commits ? [name, other] : [other, name];
      return `${a} has committed transaction ${latest}, and ${b} has aborted it`;
    }
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'atomicity',
    source: 'Bernstein, Hadzilacos & Goodman 1987, section 7.3: AC1',
    check: (views) => atomicity(views as ReadonlyMap<NodeId, never>),
  },
];
