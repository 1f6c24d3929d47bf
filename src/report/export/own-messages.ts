/**
 * The messages that an operation set going and that its answer came of, each with the one that led
 * to it.
 */
import { Causality } from '../page/causality.ts';
import type { RunEvents } from '../page/run-events.ts';

export interface OwnMessage {
  readonly row: number;
  /** The last of them that its sender had when it asked for this one; null for none. */
  readonly parent: number | null;
}

const COLUMNS = ['from', 'to', 'cause', 'endedStep', 'fate'] as const;

/** Of rows in the order of sending; `client` is the place of who asked. */
export function ownMessages(
  events: RunEvents,
  rows: readonly number[],
  client: number,
  operation: number,
): readonly OwnMessage[] {
  const begun = events.begun[operation] ?? -1;
  const ended = events.ended[operation] ?? -1;
  if (begun < 0 || ended < 0) return [];
  const { messages } = events;
  const [from, to, cause, endedStep, fate] = COLUMNS.map((name) =>
    rows.map((row) => messages[name][row] ?? 0),
  ) as [number[], number[], number[], number[], number[]];
  const few = new Causality({ from, to, cause, endedStep, fate }, events.nodes.length);
  const own = [...few.between(client, begun, client, ended)].sort((a, b) => a - b);
  return own.map((at) => {
    // The newest of them that its sender had by then.
    const known = own.filter(
      (other) => to[other] === from[at] && (endedStep[other] ?? 0) <= (cause[at] ?? 0),
    );
    const newest = Math.max(...known.map((other) => endedStep[other] ?? 0));
    const parent = known.find((other) => endedStep[other] === newest);
    return { row: rows[at] ?? 0, parent: parent === undefined ? null : (rows[parent] ?? null) };
  });
}
