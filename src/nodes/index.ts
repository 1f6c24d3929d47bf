/**
 * What src/nodes/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyPolicy } from '../sim/policy.ts';
import type { AnySystem } from '../sim/system.ts';

export interface ListedSystem {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly default: AnySystem }>;
}

/** Every kind of node, by the name that a scenario gives it. */
export const systems: ReadonlyMap<string, ListedSystem> = new Map<string, ListedSystem>([
  ['broadcast', { family: 'membership', summary: 'Makes every message known to all nodes, along the edges of a graph.', load: () => import('./membership/broadcast/index.ts') }],
  ['cache', { family: 'caching', summary: 'Answers reads from what it holds of earlier answers, and passes everything else on.', load: () => import('./caching/cache/index.ts') }],
  ['gossip', { family: 'membership', summary: 'Each node contacts a few others at random in each round, until all know what one knew.', load: () => import('./membership/gossip/index.ts') }],
  ['load-balancer', { family: 'traffic', summary: 'Spreads requests over targets, and tries another target when one fails.', load: () => import('./traffic/load-balancer/index.ts') }],
  ['message-queue', { family: 'messaging', summary: 'A broker with one queue: messages are delivered with a receipt, again until acknowledged, or parked.', load: () => import('./messaging/message-queue/index.ts') }],
  ['raft', { family: 'consensus', summary: 'A linearizable key-value store, replicated by a log that an elected leader writes.', load: () => import('./consensus/raft/index.ts') }],
  ['retry', { family: 'traffic', summary: 'Passes requests on, and tries those that fail again where that can do no harm.', load: () => import('./traffic/retry/index.ts') }],
  ['server', { family: 'traffic', summary: 'Answers any request after a service time, some at a time, the rest in a queue: M/M/c.', load: () => import('./traffic/server/index.ts') }],
  ['swim', { family: 'membership', summary: 'Members probe each other, suspect who is silent, and pass news on with their probes.', load: () => import('./membership/swim/index.ts') }],
  ['timeout', { family: 'traffic', summary: 'Passes requests on and answers `timeout` when the target takes too long.', load: () => import('./traffic/timeout/index.ts') }],
  ['two-phase-commit', { family: 'transactions', summary: 'A bank spread over participants: a coordinator lets all of them commit, or none.', load: () => import('./transactions/two-phase-commit/index.ts') }],
]);

export interface ListedPolicy {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly policy: AnyPolicy }>;
}

/** Every policy on calls, by its key under `calls:`. */
export const policies: ReadonlyMap<string, ListedPolicy> = new Map<string, ListedPolicy>([
  ['cache', { family: 'caching', summary: 'Answers reads from what it holds of earlier answers.', load: () => import('./caching/cache/index.ts') }],
  ['retry', { family: 'traffic', summary: 'Tries a failed call again where that can help and can do no harm.', load: () => import('./traffic/retry/index.ts') }],
  ['timeout', { family: 'traffic', summary: 'Bounds the time that one attempt of a call may take.', load: () => import('./traffic/timeout/index.ts') }],
]);
