/**
 * Latency: messages take longer. `extra` adds to the latency of each, `factor` multiplies the
 * link's own; given both, the link's own is multiplied and then added to.
 */
import { defineFault, type LinkChange } from '../sim/fault.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { describeLinks, selectLinks } from './parts/select.ts';

const params = defineParams({
  extra: {
    type: 'distribution',
    doc: 'Added to the latency of each message, one way; drawn again for each.',
    optional: true,
  },
  factor: {
    type: 'number',
    doc: 'Multiplies the latency that the link has anyway.',
    optional: true,
    min: 0,
  },
  nodes: {
    type: 'selector',
    doc: 'Slows every link of these nodes, in both directions.',
    default: 'all',
  },
  to: {
    type: 'selector',
    doc: 'Only the links between `nodes` and these.',
    optional: true,
  },
});

/** Why these parameters change no latency, as a sentence for the user; null if they do. */
function refuse(given: Params<typeof params>): string | null {
  if (given.extra !== undefined || given.factor !== undefined) return null;
  return 'latency needs extra or factor';
}

export default defineFault({
  name: 'latency',
  summary: 'Makes messages take longer on some links or all.',
  family: 'network',
  params,
  shorthand: 'extra',
  refuse,
  /** Throws RangeError if `refuse` would. */
  inject(levers, given) {
    const refusal = refuse(given);
    if (refusal !== null) throw new RangeError(refusal);
    const links = selectLinks(levers, given.nodes, given.to);
    if (links === null) return null;
    const change: LinkChange = {
      ...(given.extra === undefined ? {} : { extraLatency: given.extra }),
      ...(given.factor === undefined ? {} : { latencyFactor: given.factor }),
    };
    for (const { from, to } of links) levers.shapeLink(from, to, change);
    const label = describeLinks(links, levers, given.to !== undefined);
    return { label, sides: [], detail: { links: links.length } };
  },
});
