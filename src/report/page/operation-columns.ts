/** The operations of a history as columns of a page. */
import type { Operation } from '../result-parts.ts';
import type { Column } from './columns.ts';
import { outcomes } from './page-model.ts';

type Places = ReadonlyMap<string, number>;

/** `places` are the nodes by name; without `steps`, when they were is known by time alone. */
export function operationColumnsOf(
  history: readonly Operation[],
  places: Places,
  steps: { readonly begun: readonly number[]; readonly ended: readonly number[] } | null,
): readonly Column[] {
  const column = (name: string, of: (operation: Operation) => number, grows = false) => {
    return { name: `operation.${name}`, values: history.map(of), grows };
  };
  return [
    column('client', ({ client }) => places.get(client) ?? 0),
    column('node', ({ node }) => (node === null ? -1 : (places.get(node) ?? -1))),
    column('start', ({ invokedAtUs }) => invokedAtUs, true),
    column('end', ({ endedAtUs }) => (endedAtUs === Infinity ? -1 : endedAtUs)),
    column('outcome', ({ outcome }) => outcomes.indexOf(outcome)),
    column('startStep', ({ index }) => steps?.begun[index] ?? -1, true),
    column('endStep', ({ index }) => steps?.ended[index] ?? -1),
  ];
}
