/** How many nodes the groups of a scenario may have, in whatever order they are written. */
import type { AnySystem } from '../../sim/system.ts';
import { MOST_MEMBERS, MOST_NODES } from '../values/names.ts';

export class GroupSizes {
  /** Members of the groups so far: of all, and of kinds that may not have more than is usual. */
  #all = 0;
  #usual = 0;

  add(system: AnySystem | null, members: number): void {
    this.#all += members;
    if (system?.mostMembers === undefined) this.#usual += members;
  }

  /** How many members the next group may have. */
  left(system: AnySystem | null): number {
    const own = system?.mostMembers ?? MOST_MEMBERS - this.#usual;
    return Math.max(0, Math.min(MOST_NODES - this.#all, own));
  }
}
