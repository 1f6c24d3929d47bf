/**
 * Rows of etcd's tests (etcd-io/raft, Apache-2.0) that both tables of cases put to a server: the
 * hundred rows one by one, and the fifteen strongest in stories of their own. Logs are terms, index
 * 1 first.
 */

/** For whom a server has voted in this term, who asks, and whether it grants it. */
export const ONE_VOTE = [
  [null, 'n2', true],
  [null, 'n3', true],
  ['n2', 'n2', true],
  ['n3', 'n3', true],
  ['n2', 'n3', false],
  ['n3', 'n2', false],
] as const;

/** The log of a voter, the end of that of a candidate, and whether it is up to date. */
export const UP_TO_DATE = [
  [[1], [1, 1], true],
  [[1], [2, 1], true],
  [[1, 1], [1, 1], false],
  [[1], [1, 2], true],
  [[1], [2, 2], true],
  [[1, 1], [1, 2], true],
  [[2], [1, 1], false],
  [[2], [2, 1], false],
  [[2, 2], [1, 1], false],
  [[1, 1], [1, 1], false],
] as const;

/** Where a call joins a log of the terms 1 and 2, and whether it does. */
export const CONSISTENT = [
  [[0, 0], true],
  [[1, 1], true],
  [[2, 2], true],
  [[2, 1], false],
  [[3, 3], false],
] as const;

/** Where a call joins a log of the terms 1 and 2, with which entries, and what the log is then. */
export const CONFLICTS = [
  [[2, 2], [3], [1, 2, 3]],
  [
    [1, 1],
    [3, 4],
    [1, 3, 4],
  ],
  // A shorter call that agrees must not cut anything off.
  [[0, 0], [1], [1, 2]],
  [[0, 0], [3], [3]],
] as const;

/** Up to where a follower has the log 1 2 3 3, and what its leader takes for committed. */
export const CURRENT_TERM = [
  [1, 0],
  [2, 0],
  [3, 3],
] as const;

/** The logs of followers in Figure 7, from (a) to (f). */
export const FIGURE_7 = [
  [1, 1, 1, 4, 4, 5, 5, 6, 6],
  [1, 1, 1, 4],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  [1, 1, 1, 4, 4, 4, 4],
  [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
] as const;

/** Ticks that have passed, and the share of timeouts between 10 and 20 that are over. */
export const TIMEOUTS = [
  [5, 0],
  [10, 0.1],
  [13, 0.4],
  [15, 0.6],
  [18, 0.9],
  [20, 1],
] as const;
