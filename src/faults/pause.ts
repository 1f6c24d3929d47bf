/**
 * Pause: nodes freeze, as in a long garbage collection or a stopped virtual machine. They lose
 * nothing and notice nothing: timers and messages wait, and are handled late and all at once.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { select } from './select.ts';

export default defineFault({
  name: 'pause',
  summary: 'Freezes nodes; when it heals they go on as if no time had passed.',
  family: 'process',
  params: defineParams({
    nodes: { type: 'selector', doc: 'Whom it strikes.', default: 'one' },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes }) {
    const struck = select(levers, nodes);
    if (struck === null) return null;
    for (const node of struck) levers.pause(node);
    return { label: struck.join(' '), sides: [], detail: { nodes: struck } };
  },
});
