/**
 * Crash: nodes stop dead. What was not on disk is gone; when the fault heals they boot from what
 * was.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { select } from './select.ts';

export default defineFault({
  name: 'crash',
  summary: 'Stops nodes dead; they boot from their disks when it heals.',
  family: 'process',
  params: defineParams({
    nodes: { type: 'selector', doc: 'Whom it strikes.', default: 'one' },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes }) {
    const struck = select(levers, nodes);
    if (struck === null) return null;
    for (const node of struck) levers.crash(node);
    return { label: struck.join(' '), sides: [], detail: { nodes: struck } };
  },
});
