/**
 * One-way: messages pass in one direction and are lost in the other. A node that others hear but
 * that hears nobody goes on sending heartbeats, or asking for votes; one that hears and is not
 * heard is given up while it knows better.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { select } from './parts/select.ts';

export default defineFault({
  name: 'one-way',
  summary: 'Loses what some nodes send, or what is sent to them, and not the other way.',
  family: 'network',
  params: defineParams({
    nodes: { type: 'selector', doc: 'The nodes that it strikes.', default: 'one' },
    direction: {
      type: 'choice',
      doc: 'out: what they send is lost. in: what is sent to them is lost.',
      options: ['out', 'in'],
      default: 'out',
    },
    to: {
      type: 'selector',
      doc: 'Only between `nodes` and these; all others of `of:` without it.',
      optional: true,
    },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes, direction, to }) {
    const near = select(levers, nodes);
    const far = to === undefined ? levers.of.map(({ id }) => id) : select(levers, to);
    if (near === null || far === null) return null;
    const beyond = far.filter((node) => !near.includes(node));
    if (beyond.length === 0) return null;
    for (const one of near) {
      for (const other of beyond) {
        if (direction === 'out') levers.cut(one, other);
        else levers.cut(other, one);
      }
    }
    const arrow = direction === 'out' ? '⇏' : '⇍';
    const label = `${near.join(' ')} ${arrow} ${beyond.join(' ')}`;
    return { label, sides: [], detail: { nodes: near, direction } };
  },
});
