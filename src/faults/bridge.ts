/**
 * Bridge: two halves that do not reach each other, and one node that reaches both. Each half with
 * the bridge may be a majority, so a system that lets a majority decide can have two leaders at
 * once, or none for long.
 *
 * Source: the grudge `bridge` of Jepsen's nemeses.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { select } from './parts/select.ts';

export default defineFault({
  name: 'bridge',
  summary: 'Cuts the nodes into two halves, except for one node that reaches both.',
  family: 'network',
  params: defineParams({
    over: { type: 'selector', doc: 'The node between the halves.', default: 'one' },
  }),
  shorthand: 'over',
  sides: ['left', 'right', 'bridge'],
  refuse: (_given, nodes) => (nodes < 3 ? `a bridge needs three nodes, not ${nodes}` : null),
  inject(levers, { over }) {
    const between = select(levers, over);
    if (between === null) return null;
    const rest = levers.of.map(({ id }) => id).filter((id) => !between.includes(id));
    if (rest.length < 2) return null;
    const chosen = levers.random.shuffle(rest).slice(0, Math.floor(rest.length / 2));
    const left = rest.filter((id) => chosen.includes(id));
    const right = rest.filter((id) => !chosen.includes(id));
    for (const a of left) {
      for (const b of right) {
        levers.cut(a, b);
        levers.cut(b, a);
      }
    }
    return {
      label: `${left.join(' ')} | ${right.join(' ')}, ${between.join(' ')} between`,
      sides: [
        { name: 'left', nodes: left },
        { name: 'right', nodes: right },
        { name: 'bridge', nodes: between },
      ],
      detail: { left, right, bridge: between },
    };
  },
});
