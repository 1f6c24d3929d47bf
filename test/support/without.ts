/**
 * What a scenario of the gallery breaks first once the mechanism that it shows is taken away, where
 * that is more than "something": the check that is made for the mistake, and no other one by luck.
 */
export const breaksFirst: ReadonlyMap<string, string> = new Map([
  ['commit-wait', 'linearizable'],
  ['detector-choice', 'false suspicions <= 2'],
  ['duelling-proposers', 'live'],
  ['grow-under-fire', 'linearizable'],
  ['herd', 'watch events <= 19'],
  ['lagging-follower', 'linearizable'],
  ['lease-and-drift', 'mutual-exclusion'],
  ['master-failover-keeps-locks', 'sessions expired = 0'],
  ['members-by-lease', 'view'],
  ['merkle-repair', 'bytes(compare, range, repair) <= 55KiB'],
  ['old-leader-returns', 'no-lost-writes'],
  ['one-clock-jumps', 'mutual-exclusion'],
  ['paused-lock-holder', 'fenced'],
  ['poisoned-clock', 'max clock-error(kv-1) <= 500ms'],
  ['power-cut-log', 'no-lost-writes'],
  ['rumour-curve', 'max spread(both) <= 2.2s'],
  ['sibling-explosion', 'max siblings(kv) <= 2'],
  ['siblings', 'siblings'],
  ['slow-members', 'false deaths = 0'],
  ['slow-third-replica', 'linearizable'],
  ['star-of-links', 'availability >= 95%'],
  ['two-f-plus-one', 'availability = 0% during second'],
  ['wall-clock-loses', 'no-lost-writes'],
]);

/** The invariant that breaks first where invariants are looked after. */
export const invariantBroken: ReadonlyMap<string, string> = new Map([
  ['grow-under-fire', 'election-safety'],
]);
