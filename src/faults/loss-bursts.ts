/**
 * Loss in bursts: each link is in a good state or in a bad one, each with a chance of loss of its
 * own, and changes between them at random. So losses come together, as they do when a queue
 * overflows or a radio link fades.
 *
 * Sources: E. N. Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39,
 * 1960; E. O. Elliott, "Estimates of error rates for codes on burst-noise channels", the same 42,
 * 1963.
 */
import { defineFault } from '../sim/fault.ts';
import { burstsOf, LOSS_BURST_PARAMS, refuseBursts } from '../sim/link.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, shapeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'loss-bursts',
  summary: 'Loses messages in bursts, each link in its own.',
  family: 'network',
  params: defineParams({ ...LOSS_BURST_PARAMS, ...LINK_PARAMS }),
  shorthand: null,
  example: '{ burst: 200ms, gap: 2s }',
  refuse: (given) => {
    const refusal = refuseBursts(given);
    return refusal === null ? null : `loss-bursts: ${refusal}`;
  },
  /** Throws RangeError if `refuse` would. */
  inject(levers, given) {
    return shapeLinks(levers, given, { lossBursts: burstsOf(given) });
  },
});
