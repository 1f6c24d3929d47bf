/**
 * The messages that an operation set going and that its answer came of, each with the one that led
 * to it; and the same as spans: a request lasts until it is answered, and what its receiver asks
 * others for in the meantime lies within it.
 * Nobody carries identifiers for it: who led to what is known from causality.
 */
import type { Causality } from './causality.ts';

export interface OwnMessage {
  readonly row: number;
  /** The last of them that its sender had when it asked for this one; null for none. */
  readonly parent: number | null;
}

export interface Span {
  /** The message that asks. */
  readonly row: number;
  /** The one that answers it; null for none. */
  answer: number | null;
  /** How many spans it lies within. */
  readonly depth: number;
}

/** `begun` and `ended` are steps of `client`, -1 for none; rows are in the order of sending. */
export function ownMessages(
  causality: Causality,
  client: number,
  begun: number,
  ended: number,
): readonly OwnMessage[] {
  if (begun < 0 || ended < 0) return [];
  const { from, to, cause, endedStep } = causality.causes;
  const own = [...causality.between(client, begun, client, ended)].sort((a, b) => a - b);
  const inOrderOf = (steps: ArrayLike<number>) =>
    [...own].sort((a, b) => (steps[a] ?? 0) - (steps[b] ?? 0));
  const arrivals = inOrderOf(endedStep);
  /** By node, the newest of them that it has; and by message, what its sender had by then. */
  const newest = new Map<number | undefined, number>();
  const parents = new Map<number, number>();
  let heard = 0;
  for (const row of inOrderOf(cause)) {
    const step = cause[row] ?? 0;
    for (; (endedStep[arrivals[heard] ?? -1] ?? Infinity) <= step; heard++) {
      const arrived = arrivals[heard] ?? 0;
      newest.set(to[arrived], arrived);
    }
    const parent = newest.get(from[row]);
    if (parent !== undefined) parents.set(row, parent);
  }
  return own.map((row) => ({ row, parent: parents.get(row) ?? null }));
}

/**
 * In the order of sending, each after the span that it lies within. Of what a client sends at the
 * same time for other operations only that is left out which it did not send as it began.
 */
export function spansOf(
  { from, to, cause }: Causality['causes'],
  own: readonly OwnMessage[],
  begun: number,
): readonly Span[] {
  interface Open extends Span {
    readonly within: Open | null;
    readonly inner: Open[];
  }
  /** By message, the span that its receiver serves from then on; null: it serves none. */
  const serves = new Map<number, Open | null>();
  const top: Open[] = [];
  for (const { row, parent } of own) {
    const within = parent === null ? null : (serves.get(parent) ?? null);
    const asked = within?.row ?? -1;
    if (within?.answer === null && from[asked] === to[row] && to[asked] === from[row]) {
      within.answer = row;
      serves.set(row, within.within);
      continue;
    }
    const depth = within === null ? 0 : within.depth + 1;
    const span: Open = { row, answer: null, depth, within, inner: [] };
    (within?.inner ?? top).push(span);
    serves.set(row, span);
  }
  const flat = (spans: readonly Open[]): readonly Span[] =>
    spans.flatMap((span) => [span, ...flat(span.inner)]);
  const first = top.filter(({ row }) => cause[row] === begun);
  return flat(first.length > 0 ? first : top);
}
