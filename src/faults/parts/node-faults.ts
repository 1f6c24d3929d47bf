/**
 * What faults of whole nodes have in common: whom they strike, and how they tell it.
 */
import type { Injection, Levers } from '../../sim/fault.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import { defineParams, type Selector } from '../../sim/params.ts';
import { select } from './select.ts';

export const NODE_PARAMS = defineParams({
  nodes: { type: 'selector', doc: 'Whom it strikes.', default: 'one' },
});

/**
 * Pulls a lever for each node that a selector stands for now; null if that is nobody. `how` is told
 * after their names.
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
