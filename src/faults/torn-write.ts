/**
 * Torn write: a crash no longer takes all that was not durable. Some of it had reached the disk,
 * and the last of that is cut in the middle, which a checksum tells. Nothing happens before a
 * crash.
 *
 * A log that recovers drops such a record, which nobody has been told of. One that reads it all the
 * same dies of it at every boot.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'torn-write',
  summary: 'Lets crashes cut a write in the middle.',
  family: 'disk',
  params: defineParams({
    ...NODE_PARAMS,
    'in-place': {
      type: 'boolean',
      doc: 'Keyed records tear too, old value and all; else only appends to logs do.',
      default: false,
    },
  }),
  shorthand: 'nodes',
  inject(levers, given) {
    const tears = given['in-place'] ? 'all' : 'logs';
    return strikeNodes(levers, given.nodes, (node) => levers.shapeDisk(node, { tears }));
  },
});
