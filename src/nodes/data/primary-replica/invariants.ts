/** What holds of all members at every moment. */
import type { Invariant } from '../../../sim/system.ts';

/** Two primaries may serve at once, one of them deposed; never two of one epoch. */
const onePrimaryPerEpoch: Invariant = {
  name: 'one-primary-per-epoch',
  source: 'Oki & Liskov 1988, "Viewstamped Replication": one primary in each view',
  check(views) {
    const primaries = new Map<unknown, string>();
    for (const [id, { role, term }] of views) {
      if (role !== 'primary') continue;
      const other = primaries.get(term);
      if (other !== undefined)
        return `${other} and ${id} are both primary in epoch ${String(term)}`;
      primaries.set(term, id);
    }
    return null;
  },
};

export const invariants: readonly Invariant[] = [onePrimaryPerEpoch];
