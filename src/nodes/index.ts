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
  ['actors', { family: 'traffic', summary: 'A server of actors with mailboxes, and a supervisor that starts them again.', load: () => import('./traffic/actors/index.ts') }],
  ['autoscaler', { family: 'traffic', summary: 'Spreads requests over servers, and starts and stops servers as the load asks for it.', load: () => import('./traffic/autoscaler/index.ts') }],
  ['backup', { family: 'data', summary: 'Takes full copies of a store and its log, somewhere else, and restores them.', load: () => import('./data/backup/index.ts') }],
  ['breaker', { family: 'traffic', summary: 'Passes requests on, refuses them while its target fails, and probes it now and then.', load: () => import('./traffic/breaker/index.ts') }],
  ['broadcast', { family: 'membership', summary: 'Makes every message known to all nodes, along the edges of a graph.', load: () => import('./membership/broadcast/index.ts') }],
  ['bulkhead', { family: 'traffic', summary: 'Passes requests on, a limited number at a time, and refuses the others.', load: () => import('./traffic/bulkhead/index.ts') }],
  ['cache', { family: 'caching', summary: 'Answers reads from what it holds of earlier answers, and passes everything else on.', load: () => import('./caching/cache/index.ts') }],
  ['chain', { family: 'data', summary: 'Writes go from the head to the tail of a chain of copies; the tail answers, and reads.', load: () => import('./data/chain/index.ts') }],
  ['clock-store', { family: 'time', summary: 'Every member answers from its copy, and the write with the latest stamp stays: by the clock that you choose.', load: () => import('./time/clock-store/index.ts') }],
  ['crdt-store', { family: 'data', summary: 'Replicas that change apart and merge without conflict: counters, sets, registers, a text.', load: () => import('./data/crdt-store/index.ts') }],
  ['deadline', { family: 'traffic', summary: 'Passes requests on with what is left of their time, and refuses what cannot end in it.', load: () => import('./traffic/deadline/index.ts') }],
  ['fallback', { family: 'traffic', summary: 'Passes requests on, and answers those that fail with something less.', load: () => import('./traffic/fallback/index.ts') }],
  ['fenced-store', { family: 'consensus', summary: 'Registers whose writes show the token of a lock; an older token than one seen is refused.', load: () => import('./consensus/fenced-store/index.ts') }],
  ['gossip', { family: 'membership', summary: 'Each node contacts a few others at random in each round, until all know what one knew.', load: () => import('./membership/gossip/index.ts') }],
  ['heartbeat-monitor', { family: 'membership', summary: 'Members send heartbeats and suspect who is silent, after a fixed time or by phi accrual.', load: () => import('./membership/heartbeat-monitor/index.ts') }],
  ['hedge', { family: 'traffic', summary: 'Passes requests on, and to another target too when an answer takes long.', load: () => import('./traffic/hedge/index.ts') }],
  ['lamport-mutex', { family: 'time', summary: 'Members exclude each other without a leader, in the order of their Lamport times.', load: () => import('./time/lamport-mutex/index.ts') }],
  ['leader-follower', { family: 'consensus', summary: 'One member leads, the first that is trusted or the holder of a lock, in a generation that is refused once it is over.', load: () => import('./consensus/leader-follower/index.ts') }],
  ['lease-server', { family: 'consensus', summary: 'One server that lends locks for a time, each with a token larger than those before.', load: () => import('./consensus/lease-server/index.ts') }],
  ['load-balancer', { family: 'traffic', summary: 'Spreads requests over targets, and tries another target when one fails.', load: () => import('./traffic/load-balancer/index.ts') }],
  ['lock-service', { family: 'consensus', summary: 'Locks, leases and a watched tree of small nodes, replicated by Raft.', load: () => import('./consensus/lock-service/index.ts') }],
  ['log-store', { family: 'consensus', summary: 'One node whose registers and logs live in a segmented write-ahead log: what it acknowledged survives.', load: () => import('./consensus/log-store/index.ts') }],
  ['merkle-sync', { family: 'membership', summary: 'Replicas find the ranges in which they differ by comparing hashes, and send nothing else.', load: () => import('./membership/merkle-sync/index.ts') }],
  ['message-queue', { family: 'messaging', summary: 'A broker with one queue: messages are delivered with a receipt, again until acknowledged, or parked.', load: () => import('./messaging/message-queue/index.ts') }],
  ['multi-paxos', { family: 'consensus', summary: 'A replicated state machine: each slot of its log is an instance of Paxos, under one leader.', load: () => import('./consensus/multi-paxos/index.ts') }],
  ['multi-primary', { family: 'data', summary: 'Every member takes writes and sends them to the others later; conflicts are resolved.', load: () => import('./data/multi-primary/index.ts') }],
  ['naive-store', { family: 'data', summary: 'Every member answers from what it has and sends writes to the others once: no protocol.', load: () => import('./data/naive-store/index.ts') }],
  ['paxos', { family: 'consensus', summary: 'Agreement on one value for each key, whoever proposes: proposers, acceptors, learners.', load: () => import('./consensus/paxos/index.ts') }],
  ['primary-replica', { family: 'data', summary: 'One member takes all writes and ships its log to the others: async, semi-sync or sync.', load: () => import('./data/primary-replica/index.ts') }],
  ['quorum-register', { family: 'consensus', summary: 'Linearizable registers without a leader: every read and write asks a majority, twice.', load: () => import('./consensus/quorum-register/index.ts') }],
  ['quorum-store', { family: 'data', summary: 'Copies of each key on a ring of equal nodes; r of them answer a read, w a write.', load: () => import('./data/quorum-store/index.ts') }],
  ['quota-store', { family: 'traffic', summary: 'Counts for rate limiters that share a limit.', load: () => import('./traffic/quota-store/index.ts') }],
  ['raft', { family: 'consensus', summary: 'A linearizable key-value store, replicated by a log that an elected leader writes.', load: () => import('./consensus/raft/index.ts') }],
  ['rate-limiter', { family: 'traffic', summary: 'Passes on requests up to a rate, by its own count or by that of a store.', load: () => import('./traffic/rate-limiter/index.ts') }],
  ['record-master', { family: 'data', summary: 'Each record has a master, which all follow in its order; reads are answered anywhere.', load: () => import('./data/record-master/index.ts') }],
  ['redlock', { family: 'consensus', summary: 'A lock by a majority of independent masters that know nothing of each other.', load: () => import('./consensus/redlock/index.ts') }],
  ['replicated-log', { family: 'consensus', summary: 'Followers fetch from a leader; what a majority has on disk is before the high-water mark.', load: () => import('./consensus/replicated-log/index.ts') }],
  ['retry', { family: 'traffic', summary: 'Passes requests on, and tries those that fail again where that can do no harm.', load: () => import('./traffic/retry/index.ts') }],
  ['server', { family: 'traffic', summary: 'Answers any request after a service time, some at a time, the rest in a queue: M/M/c.', load: () => import('./traffic/server/index.ts') }],
  ['session-proxy', { family: 'data', summary: 'Stands before a store with replicas, and lets no session see less than it has seen.', load: () => import('./data/session-proxy/index.ts') }],
  ['swim', { family: 'membership', summary: 'Members probe each other, suspect who is silent, and pass news on with their probes.', load: () => import('./membership/swim/index.ts') }],
  ['threads', { family: 'traffic', summary: 'A server whose threads share data behind a mutex, a read-write lock, a semaphore or a monitor.', load: () => import('./traffic/threads/index.ts') }],
  ['throttle', { family: 'traffic', summary: 'Passes requests on, and refuses some by itself while its target refuses many.', load: () => import('./traffic/throttle/index.ts') }],
  ['time-server', { family: 'time', summary: 'Tells the time with a bound on its error, by its own clock or by other time servers.', load: () => import('./time/time-server/index.ts') }],
  ['timeout', { family: 'traffic', summary: 'Passes requests on and answers `timeout` when the target takes too long.', load: () => import('./traffic/timeout/index.ts') }],
  ['two-phase-commit', { family: 'transactions', summary: 'A bank spread over participants: a coordinator lets all of them commit, or none.', load: () => import('./transactions/two-phase-commit/index.ts') }],
  ['viewstamped', { family: 'consensus', summary: 'A replicated state machine whose primary goes round with the number of the view; it can do without a disk.', load: () => import('./consensus/viewstamped/index.ts') }],
  ['virtual-ip', { family: 'data', summary: 'One address for a node and its stand-ins; routers agree which of them has it (VRRP).', load: () => import('./data/virtual-ip/index.ts') }],
  ['watchdog', { family: 'data', summary: 'Asks the nodes of a group whether they are well, and replaces a primary that is not.', load: () => import('./data/watchdog/index.ts') }],
]);

export interface ListedPolicy {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly policy: AnyPolicy }>;
}

/** Every policy on calls, by its key under `calls:`. */
export const policies: ReadonlyMap<string, ListedPolicy> = new Map<string, ListedPolicy>([
  ['breaker', { family: 'traffic', summary: 'Refuses calls to a target that fails, and probes whether it is well again.', load: () => import('./traffic/breaker/index.ts') }],
  ['bulkhead', { family: 'traffic', summary: 'Bounds the calls under way to a target, so that it cannot take all places of its caller.', load: () => import('./traffic/bulkhead/index.ts') }],
  ['cache', { family: 'caching', summary: 'Answers reads from what it holds of earlier answers.', load: () => import('./caching/cache/index.ts') }],
  ['deadline', { family: 'traffic', summary: 'Bounds the time that a call takes in all, and refuses what cannot end in time.', load: () => import('./traffic/deadline/index.ts') }],
  ['fallback', { family: 'traffic', summary: 'Answers calls that failed with something less, and says so.', load: () => import('./traffic/fallback/index.ts') }],
  ['hedge', { family: 'traffic', summary: 'Sends a call that takes long to another member too, and takes the first answer.', load: () => import('./traffic/hedge/index.ts') }],
  ['rate-limiter', { family: 'traffic', summary: 'Lets calls through up to a rate.', load: () => import('./traffic/rate-limiter/index.ts') }],
  ['retry', { family: 'traffic', summary: 'Tries a failed call again where that can help and can do no harm.', load: () => import('./traffic/retry/index.ts') }],
  ['throttle', { family: 'traffic', summary: 'Refuses calls by itself while the target refuses many.', load: () => import('./traffic/throttle/index.ts') }],
  ['timeout', { family: 'traffic', summary: 'Bounds the time that one attempt of a call may take.', load: () => import('./traffic/timeout/index.ts') }],
]);
