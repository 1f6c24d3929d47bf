/** Broadcast by flooding, as a kind of node. */
import broadcast from '../../../interfaces/broadcast.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Broadcast, broadcastParams } from './broadcast.ts';

export default defineSystem({
  name: 'broadcast',
  title: 'Broadcast by flooding',
  summary: 'Makes every message known to all nodes, along the edges of a graph.',
  sources: ['Kingsbury, Maelstrom, doc/03-broadcast and doc/workloads.md (jepsen-io/maelstrom)'],
  answers: [broadcast],
  claims: [],
  params: broadcastParams,
  bugs: {},
  invariants: [],
  create: (params, place) => new Broadcast(params, place),
});
