/**
 * Lying fsync: the disk says that writes are durable while they are in a cache that a crash
 * empties. Everything a node has promised on the strength of it is a lie then. Nothing happens
 * before a crash. When the fault heals, the next flush writes out what the cache holds.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'lying-fsync',
  summary: 'Makes disks report writes as durable that a crash loses.',
  family: 'disk',
  params: defineParams({
    ...NODE_PARAMS,
    cache: {
      type: 'duration',
      doc: 'How long a write stays in the cache; without it, as long as the fault holds.',
      optional: true,
      min: 0,
    },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes, cache }) {
    const lies = { cacheMs: cache ?? Infinity };
    return strikeNodes(levers, nodes, (node) => levers.shapeDisk(node, { lies }));
  },
});
