/** Fewer messages than there were, for a page that would be too large: those around its failure. */
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import { type Column, writeColumns } from './columns.ts';
import type { PageParts } from './page-of-run.ts';
import { countBelow } from './run-data.ts';

/**
 * The same page with at most `messagesMax`, in the order of sending: half of them before the middle
 * of the failure and half after it, or the first where nothing failed. What they said is left out.
 */
export function withMessagesAround(parts: PageParts, messagesMax: number): PageParts {
  const { model, list } = parts;
  const sentUs = list.find(({ name }) => name === 'message.sentUs')?.values ?? [];
  if (sentUs.length <= messagesMax) return parts;
  const { fromUs, untilUs } = model.failure ?? { fromUs: 0, untilUs: 0 };
  const middle = (countBelow(sentUs, fromUs) + countBelow(sentUs, untilUs + 1)) / 2;
  const first = Math.max(
    0,
    Math.floor(Math.min(middle - messagesMax / 2, sentUs.length - messagesMax)),
  );
  const end = first + messagesMax;
  const shorter = list.map((column) =>
    column.name.startsWith('message.') ? cut(column, first, end) : column,
  );
  const between = [first, end - 1].map((row) => formatMomentUs(sentUs[row] ?? 0)).join(' to ');
  const said = `${formatCount(messagesMax)} of ${formatCount(sentUs.length)} messages are shown, those from ${between}; what they said is left out.`;
  return {
    model: { ...model, leftOut: [said, ...model.leftOut] },
    columns: writeColumns(shorter),
    bodies: new Uint8Array(0),
    list: shorter,
  };
}

function cut({ values, ...column }: Column, first: number, end: number): Column {
  const kept = new Float64Array(end - first);
  for (let i = 0; i < kept.length; i++) kept[i] = values[first + i] ?? 0;
  return { ...column, values: kept };
}
