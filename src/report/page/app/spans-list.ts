/** What an operation set going, as a tree of calls with their times: on its card. */
import { ownMessages, type Span, spansOf } from '../spans.ts';
import { button, make } from './dom.ts';
import type { View } from './view.ts';

const SHOWN_MAX = 60;
const INDENT_PX = 10;

/** null where no message is known to belong to it. */
export function spansList(view: View, operation: number): HTMLElement | null {
  const { data } = view;
  const { operations, causality } = data;
  const of = (column: Float64Array) => column[operation] ?? -1;
  const [begun, ended] = [of(operations.startStep), of(operations.endStep)];
  const own = ownMessages(causality, of(operations.client), begun, ended);
  const spans = spansOf(causality.causes, own, begun);
  if (spans.length === 0) return null;
  const [fromUs, untilUs] = [of(operations.start), of(operations.end)];
  const rows = spans.slice(0, SHOWN_MAX).map((span) => row(view, span, fromUs, untilUs));
  const rest = spans.length - rows.length;
  const more = rest > 0 ? make('p', {}, `${rest} more`) : null;
  return make('div', { class: 'spans' }, make('h2', {}, 'On the way to its answer'), ...rows, more);
}

function row(view: View, { row, answer, depth }: Span, fromUs: number, untilUs: number) {
  const { messages } = view.data;
  const sentUs = messages.sentUs[row] ?? 0;
  const lastUs = messages.endedUs[answer ?? row] ?? sentUs;
  const share = (us: number) => `${(100 * us) / Math.max(1, untilUs - fromUs)}%`;
  const bar = make('i', {});
  bar.style.left = share(sentUs - fromUs);
  bar.style.width = share(lastUs - sentUs);
  const name = make('span', {}, view.nameOf(`m${row}`));
  name.style.paddingLeft = `${depth * INDENT_PX}px`;
  const took = `${((lastUs - sentUs) / 1000).toFixed(1)} ms`;
  const line = button('', () => view.select(`m${row}`), {
    title: answer === null ? 'one way' : 'until its answer',
  });
  line.append(name, make('u', {}, bar), took);
  return line;
}
