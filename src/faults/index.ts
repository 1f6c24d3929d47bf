/**
 * What src/faults/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyFault } from '../sim/fault.ts';

export interface ListedFault {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly default: AnyFault }>;
}

/** Every kind of fault, by name. */
export const faults: ReadonlyMap<string, ListedFault> = new Map<string, ListedFault>([
  ['bandwidth', { family: 'network', summary: 'Limits how much links carry, so that messages queue and overflow.', load: () => import('./bandwidth.ts') }],
  ['bridge', { family: 'network', summary: 'Cuts the nodes into two halves, except for one node that reaches both.', load: () => import('./bridge.ts') }],
  ['brown-out', { family: 'dependency', summary: 'Makes nodes answer requests late, and some not at all.', load: () => import('./brown-out.ts') }],
  ['clock-drift', { family: 'clock', summary: 'Makes clocks run fast or slow while it holds.', load: () => import('./clock-drift.ts') }],
  ['clock-jump', { family: 'clock', summary: 'Makes clocks leap, for good.', load: () => import('./clock-jump.ts') }],
  ['clock-offset', { family: 'clock', summary: 'Sets clocks ahead or behind while it holds.', load: () => import('./clock-offset.ts') }],
  ['clock-skew', { family: 'clock', summary: 'Sets each clock off by a random amount within a bound.', load: () => import('./clock-skew.ts') }],
  ['corrupt', { family: 'network', summary: 'Damages messages at random; receivers notice, or do not.', load: () => import('./corrupt.ts') }],
  ['corrupt-disk', { family: 'disk', summary: 'Damages records on disks, so that reading them fails or lies.', load: () => import('./corrupt-disk.ts') }],
  ['crash', { family: 'process', summary: 'Stops nodes dead; they boot from their disks when it heals.', load: () => import('./crash.ts') }],
  ['cut', { family: 'network', summary: 'Cuts single links, in both directions or in one.', load: () => import('./cut.ts') }],
  ['disk-full', { family: 'disk', summary: 'Makes writes fail for lack of room.', load: () => import('./disk-full.ts') }],
  ['duplicate', { family: 'network', summary: 'Delivers messages between nodes twice at random; never requests and their answers.', load: () => import('./duplicate.ts') }],
  ['error-rate', { family: 'dependency', summary: 'Makes a share of the requests to nodes fail.', load: () => import('./error-rate.ts') }],
  ['flapping', { family: 'network', summary: 'Takes links down and up again, over and over.', load: () => import('./flapping.ts') }],
  ['fsync-error', { family: 'disk', summary: 'Makes flushes of disks fail.', load: () => import('./fsync-error.ts') }],
  ['hot-key', { family: 'load', summary: 'Sends most operations to one key.', load: () => import('./hot-key.ts') }],
  ['jitter', { family: 'network', summary: 'Delays each message by a random time of its own.', load: () => import('./jitter.ts') }],
  ['join', { family: 'process', summary: 'Keeps nodes away from the start, until it strikes and they boot.', load: () => import('./join.ts') }],
  ['latency', { family: 'network', summary: 'Makes messages take longer on some links or all.', load: () => import('./latency.ts') }],
  ['leave', { family: 'process', summary: 'Tells nodes to leave, and stops them after some time of grace.', load: () => import('./leave.ts') }],
  ['load-ramp', { family: 'load', summary: 'Makes clients ask more and more.', load: () => import('./load-ramp.ts') }],
  ['load-spike', { family: 'load', summary: 'Makes clients ask many times as much.', load: () => import('./load-spike.ts') }],
  ['loss', { family: 'network', summary: 'Loses messages at random on some links or all.', load: () => import('./loss.ts') }],
  ['loss-bursts', { family: 'network', summary: 'Loses messages in bursts, each link in its own.', load: () => import('./loss-bursts.ts') }],
  ['lying-fsync', { family: 'disk', summary: 'Makes disks report writes as durable that a crash loses.', load: () => import('./lying-fsync.ts') }],
  ['majorities-ring', { family: 'network', summary: 'Cuts links so that every node reaches a majority, and no two the same.', load: () => import('./majorities-ring.ts') }],
  ['message', { family: 'message', summary: 'Drops, delays or doubles exactly the messages that it names.', load: () => import('./message.ts') }],
  ['ntp-step', { family: 'clock', summary: 'Makes clocks drift, and sets them right in one step when it heals.', load: () => import('./ntp-step.ts') }],
  ['one-way', { family: 'network', summary: 'Loses what some nodes send, or what is sent to them, and not the other way.', load: () => import('./one-way.ts') }],
  ['partition', { family: 'network', summary: 'Cuts the network between groups of nodes.', load: () => import('./partition.ts') }],
  ['pause', { family: 'process', summary: 'Freezes nodes; when it heals they go on as if no time had passed.', load: () => import('./pause.ts') }],
  ['reorder', { family: 'network', summary: 'Holds messages back so that later ones overtake them.', load: () => import('./reorder.ts') }],
  ['reset', { family: 'network', summary: 'Breaks connections: what is under way between nodes is lost.', load: () => import('./reset.ts') }],
  ['restart', { family: 'process', summary: 'Stops nodes dead and boots them again, with their disks or without.', load: () => import('./restart.ts') }],
  ['restart-loop', { family: 'process', summary: 'Makes nodes die and boot, over and over.', load: () => import('./restart-loop.ts') }],
  ['rolling-restart', { family: 'process', summary: 'Restarts nodes one after another.', load: () => import('./rolling-restart.ts') }],
  ['slow-cpu', { family: 'process', summary: 'Makes nodes take longer for each message.', load: () => import('./slow-cpu.ts') }],
  ['slow-disk', { family: 'disk', summary: 'Makes flushes take longer.', load: () => import('./slow-disk.ts') }],
  ['torn-write', { family: 'disk', summary: 'Lets crashes cut a write in the middle.', load: () => import('./torn-write.ts') }],
]);
