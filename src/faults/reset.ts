/**
 * Reset: connections break. Everything under way between the nodes is lost, both ways, and what is
 * sent from then on arrives again: the fault is a moment, and holds nothing.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LINK_PARAMS, strikeLinks } from './parts/link-faults.ts';

export default defineFault({
  name: 'reset',
  summary: 'Breaks connections: what is under way between nodes is lost.',
  family: 'network',
  params: defineParams({ ...LINK_PARAMS }),
  shorthand: 'nodes',
  inject(levers, given) {
    const done = strikeLinks(levers, given, {}, ({ from, to }) => levers.reset(from, to));
    return done === null ? null : { ...done, lastsMs: 0 };
  },
});
