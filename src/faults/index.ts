/**
 * What src/faults/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyFault } from '../sim/fault.ts';

export interface ListedFault {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly default: AnyFault }>;
}

/** Every kind of fault, by name. */
export const faults: ReadonlyMap<string, ListedFault> = new Map<string, ListedFault>([
  ['crash', { family: 'process', summary: 'Stops nodes dead; they boot from their disks when it heals.', load: () => import('./crash.ts') }],
  ['duplicate', { family: 'network', summary: 'Delivers messages twice at random.', load: () => import('./duplicate.ts') }],
  ['latency', { family: 'network', summary: 'Makes messages take longer on some links or all.', load: () => import('./latency.ts') }],
  ['loss', { family: 'network', summary: 'Loses messages at random on some links or all.', load: () => import('./loss.ts') }],
  ['partition', { family: 'network', summary: 'Cuts the network between groups of nodes.', load: () => import('./partition.ts') }],
  ['pause', { family: 'process', summary: 'Freezes nodes; when it heals they go on as if no time had passed.', load: () => import('./pause.ts') }],
  ['reorder', { family: 'network', summary: 'Holds messages back so that later ones overtake them.', load: () => import('./reorder.ts') }],
]);
