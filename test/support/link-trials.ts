/**
 * A trial of each fault of links and messages: how to strike so that it is felt, and what it then
 * must have touched. Five Raft servers in three regions.
 */
import bandwidth from '../../src/faults/bandwidth.ts';
import bridge from '../../src/faults/bridge.ts';
import corrupt from '../../src/faults/corrupt.ts';
import cut from '../../src/faults/cut.ts';
import duplicate from '../../src/faults/duplicate.ts';
import flapping from '../../src/faults/flapping.ts';
import jitter from '../../src/faults/jitter.ts';
import latency from '../../src/faults/latency.ts';
import loss from '../../src/faults/loss.ts';
import lossBursts from '../../src/faults/loss-bursts.ts';
import majoritiesRing from '../../src/faults/majorities-ring.ts';
import message from '../../src/faults/message.ts';
import oneWay from '../../src/faults/one-way.ts';
import partition from '../../src/faults/partition.ts';
import reorder from '../../src/faults/reorder.ts';
import reset from '../../src/faults/reset.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault, FeltCounter } from '../../src/sim/fault.ts';
import type { World } from '../../src/sim/kernel/world.ts';

export interface LinkTrial {
  readonly fault: AnyFault;
  readonly given: { readonly [param: string]: unknown };
  /** What it must touch, each at least once; and nothing else. */
  readonly felt: readonly FeltCounter[];
  /** The servers get along with it: a leader on the bridge has no use for what is cut. */
  readonly settles?: boolean;
}

const nodes = 'kv-2';

export const linkTrials: readonly LinkTrial[] = [
  { fault: partition, given: { isolate: nodes }, felt: ['messagesDropped'] },
  { fault: oneWay, given: { nodes, direction: 'in' }, felt: ['messagesDropped'] },
  { fault: bridge, given: { over: 'follower' }, felt: ['messagesDropped'], settles: true },
  { fault: cut, given: { links: [['leader', nodes]] }, felt: ['messagesDropped'], settles: true },
  { fault: majoritiesRing, given: {}, felt: ['messagesDropped'] },
  {
    fault: flapping,
    given: { nodes, down: constant(300), up: constant(200) },
    felt: ['messagesDropped'],
  },
  { fault: latency, given: { nodes, extra: constant(5) }, felt: ['messagesDelayed'] },
  {
    fault: jitter,
    given: { nodes, by: { kind: 'uniform', min: 0, max: 20 } },
    felt: ['messagesDelayed'],
  },
  { fault: loss, given: { nodes, ratio: 0.3 }, felt: ['messagesDropped'] },
  {
    fault: lossBursts,
    given: { nodes, 'burst-messages': 5, 'gap-messages': 10 },
    felt: ['messagesDropped'],
  },
  { fault: duplicate, given: { nodes, ratio: 0.3 }, felt: ['messagesDuplicated'] },
  { fault: reorder, given: { nodes, ratio: 0.3 }, felt: ['messagesDelayed'] },
  { fault: corrupt, given: { nodes, ratio: 0.3 }, felt: ['messagesDropped'] },
  {
    fault: bandwidth,
    given: { nodes, limit: 10_000, queue: 1000 },
    felt: ['messagesDelayed', 'messagesDropped'],
  },
  {
    fault: message,
    given: {
      from: ['kv-1', 'kv-3', 'kv-4', 'kv-5'],
      to: [nodes],
      type: 'appendEntries',
      count: 1_000_000,
      action: 'delay',
      by: 30,
    },
    felt: ['messagesDelayed'],
  },
];

/** Those that are a moment, with trials of their own. */
export const momentary: readonly AnyFault[] = [reset];

/** How many things injections hold on all links. */
export function holdsOnLinks({ network, nodes: all }: World): number {
  let holds = 0;
  for (const from of all.keys()) {
    for (const to of all.keys()) if (from !== to) holds += network.holds(from, to);
  }
  return holds;
}
