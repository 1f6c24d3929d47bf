/**
 * A log for ShiViz: two lines an event, the host with its vector clock (Fidge 1988, Mattern 1989)
 * and a text. ShiViz takes the first line of a file that it opens for the parser of the rest, and
 * the second for what parts several runs; its default parser has the text before the host.
 */
import { ARRIVED, isLost, type RunEvents } from '../page/run-events.ts';

const HEAD = '(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\n';

/** A message is sent in the step that asked for it, so that it carries what was known then. */
export function toShiviz({ messages, nodes, kinds }: RunEvents): string {
  const events = Array.from(messages.sentUs.keys()).flatMap((row) => {
    const sent = { step: messages.cause[row] ?? 0, row, arrives: false };
    const arrived = messages.fate[row] === ARRIVED;
    return arrived ? [sent, { step: messages.endedStep[row] ?? 0, row, arrives: true }] : [sent];
  });
  // In one step what arrives comes before what is sent.
  events.sort((a, b) => a.step - b.step || Number(b.arrives) - Number(a.arrives) || a.row - b.row);
  const clocks = nodes.map(() => nodes.map(() => 0));
  const carried = new Map<number, readonly number[]>();
  let log = HEAD;
  for (const { row, arrives } of events) {
    const [from, to] = [messages.from[row] ?? 0, messages.to[row] ?? 0];
    const host = arrives ? to : from;
    const clock = clocks[host] ?? [];
    const news = arrives ? (carried.get(row) ?? []) : [];
    news.forEach((count, i) => {
      clock[i] = Math.max(clock[i] ?? 0, count);
    });
    clock[host] = (clock[host] ?? 0) + 1;
    if (!arrives) carried.set(row, [...clock]);
    const kind = kinds[messages.kind[row] ?? 0] ?? '';
    const lost = isLost(messages.fate[row]) ? ' (lost)' : '';
    const text = arrives ? `${kind} from ${nodes[from]}` : `${kind} to ${nodes[to]}${lost}`;
    log += `${nodes[host]} ${clockText(clock, nodes)}\n${text}\n`;
  }
  return log;
}

function clockText(clock: readonly number[], nodes: readonly string[]): string {
  const known = nodes.flatMap((node, i) => ((clock[i] ?? 0) > 0 ? [[node, clock[i]]] : []));
  return JSON.stringify(Object.fromEntries(known));
}
