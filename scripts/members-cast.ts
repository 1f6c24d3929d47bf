/** What docs/MEMBERSHIP.md measures: kinds of node, how long they run, and sizes of groups. */
export const memberKinds = [
  { name: 'gossip', group: 'kind: gossip, interval: 200ms', seconds: 10 },
  { name: 'swim', group: 'kind: swim', seconds: 60 },
  { name: 'heartbeat-monitor', group: 'kind: heartbeat-monitor, monitors: 3', seconds: 10 },
] as const;

export const memberSizes = [100, 1000, 10_000] as const;
