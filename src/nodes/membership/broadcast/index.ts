/** Broadcast by flooding, as a kind of node. */
import { defineSystem } from '../../../sim/system.ts';
import { Broadcast, broadcastParams } from './broadcast.ts';

export default defineSystem({
  name: 'broadcast',
  title: 'Broadcast by flooding',
  summary: 'Makes every message known to all nodes, along the edges of a graph.',
  sources: ['Kingsbury, Maelstrom, doc/03-broadcast and doc/workloads.md (jepsen-io/maelstrom)'],
  serves: ['broadcast'],
  claims: [],
  params: broadcastParams,
  bugs: {},
  invariants: [],
  create: (params, place) => new Broadcast(params, place),
});
