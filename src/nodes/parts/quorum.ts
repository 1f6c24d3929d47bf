/**
 * Majorities: any two of them share a member, which is all that consensus rests on.
 *
 * Pure functions over plain arrays with one place per member, so that every protocol counts in the
 * same way.
 */

/** How many of the members make a majority. */
export function majority(members: number): number {
  return (members >> 1) + 1;
}

/**
 * The highest index that a majority has reached: with `matchIndex` of Raft, the highest entry that
 * is stored on a majority of servers (Ongaro & Ousterhout 2014, section 5.3). 0 for no members.
 *
 * Counts instead of sorting: it runs on every acknowledgement, on a handful of members, and
 * allocates nothing.
 */
export function agreedIndex(reached: readonly number[]): number {
  const needed = majority(reached.length);
  let agreed = 0;
  for (const index of reached) {
    if (index <= agreed) continue;
    let count = 0;
    for (const other of reached) if (other >= index) count++;
    if (count >= needed) agreed = index;
  }
  return agreed;
}
