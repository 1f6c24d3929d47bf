/**
 * Slow disk: flushes take longer, as on a volume whose credits are used up or whose neighbour is
 * busy. Whatever waits for a write to be durable waits with it: acknowledgements above all.
 */
import { type DiskChange, defineFault } from '../sim/fault.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

const params = defineParams({
  extra: {
    type: 'distribution',
    doc: 'Added to the time of each flush; drawn again for each.',
    optional: true,
  },
  factor: {
    type: 'number',
    doc: 'Multiplies the time that a flush takes anyway.',
    optional: true,
    min: 0,
  },
  ...NODE_PARAMS,
});

/** Why these parameters slow nothing, as a sentence for the user; null if they do. */
function refuse({ extra, factor }: Params<typeof params>): string | null {
  return extra === undefined && factor === undefined ? 'slow-disk needs extra or factor' : null;
}

export default defineFault({
  name: 'slow-disk',
  summary: 'Makes flushes take longer.',
  family: 'disk',
  params,
  shorthand: 'extra',
  refuse,
  /** Throws RangeError if `refuse` would. */
  inject(levers, given) {
    const refusal = refuse(given);
    if (refusal !== null) throw new RangeError(refusal);
    const change: DiskChange = {
      ...(given.extra === undefined ? {} : { extraFlush: given.extra }),
      ...(given.factor === undefined ? {} : { flushFactor: given.factor }),
    };
    return strikeNodes(levers, given.nodes, (node) => levers.shapeDisk(node, change));
  },
});
