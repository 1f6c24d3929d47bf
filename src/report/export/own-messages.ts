/** The messages of an operation, found among few: each form looks at each operation. */
import { Causality } from '../page/causality.ts';
import type { RunEvents } from '../page/run-events.ts';
import { type OwnMessage, ownMessages } from '../page/spans.ts';

const COLUMNS = ['from', 'to', 'cause', 'endedStep', 'fate'] as const;

/** Of rows in the order of sending; `client` is the place of who asked. */
export function ownRows(
  events: RunEvents,
  rows: readonly number[],
  client: number,
  operation: number,
): readonly OwnMessage[] {
  const [begun, ended] = [events.begun[operation] ?? -1, events.ended[operation] ?? -1];
  if (begun < 0 || ended < 0) return [];
  const { messages } = events;
  const [from, to, cause, endedStep, fate] = COLUMNS.map((name) =>
    rows.map((row) => messages[name][row] ?? 0),
  ) as [number[], number[], number[], number[], number[]];
  const few = new Causality({ from, to, cause, endedStep, fate }, events.nodes.length);
  return ownMessages(few, client, begun, ended).map((own) => {
    const parent = own.parent === null ? null : (rows[own.parent] ?? null);
    return { row: rows[own.row] ?? 0, parent };
  });
}
