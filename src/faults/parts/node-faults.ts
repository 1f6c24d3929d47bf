/**
 * What faults of whole nodes have in common: which nodes they strike, and their label.
 */
import type { Injection, Levers } from '../../sim/fault.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import { defineParams, type Selector } from '../../sim/params.ts';
import { select } from './select.ts';

export const NODE_PARAMS = defineParams({
  nodes: { type: 'selector', doc: 'Which nodes it strikes.', default: 'one' },
});

/**
 * Pulls a lever for each node that a selector stands for now; null if there is none. `how`
 * follows their names in the label.
 */
export function strikeNodes(
  levers: Levers,
  nodes: Selector,
  pull: (node: NodeId) => void,
  how: { readonly text?: string; readonly detail?: Detail; readonly lastsMs?: number } = {},
): Injection | null {
  const struck = select(levers, nodes);
  if (struck === null) return null;
  for (const node of struck) pull(node);
  const label = how.text === undefined ? struck.join(' ') : `${struck.join(' ')} ${how.text}`;
  const done = { label, sides: [], detail: { nodes: struck, ...how.detail } };
  return how.lastsMs === undefined ? done : { ...done, lastsMs: how.lastsMs };
}
