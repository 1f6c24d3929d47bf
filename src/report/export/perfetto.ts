/**
 * The trace-event format of Chrome, which Perfetto and chrome://tracing open: a process for each
 * group, a thread for each node, operations and roles as slices, messages as arrows.
 */
import type { Result } from '../../scenarios/result.ts';
import { operationText } from '../operation-text.ts';
import { roleIntervals, roleTitle } from '../page/roles.ts';
import { isLost, type RunEvents, UNDER_WAY } from '../page/run-events.ts';

type Event = { readonly [field: string]: unknown };

/** JSON text, times in µs. */
export function toPerfetto(result: Result, events: RunEvents): string {
  const at = (node: string) => ({ pid: 1, tid: (events.places.get(node) ?? 0) + 1 });
  const traceEvents: Event[] = [
    { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: result.scenario.name } },
    { ph: 'M', name: 'process_name', pid: 2, tid: 0, args: { name: 'faults' } },
    ...events.nodes.map((name) => ({ ph: 'M', name: 'thread_name', ...at(name), args: { name } })),
    ...result.facts.faults.flatMap(({ name, label, injectedAtUs, healedAtUs }, i) => {
      if (injectedAtUs === null) return [];
      const dur = (healedAtUs ?? result.facts.endedAtUs) - injectedAtUs;
      return [
        { ph: 'X', name, cat: 'fault', pid: 2, tid: i + 1, ts: injectedAtUs, dur, args: { label } },
      ];
    }),
    ...roleIntervals(events.notes, events.lives, result.facts.groups, result.facts.endedAtUs).map(
      (interval) => {
        const { node, fromUs, untilUs } = interval;
        const name = roleTitle(interval);
        return { ph: 'X', name, cat: 'role', ...at(node), ts: fromUs, dur: untilUs - fromUs };
      },
    ),
    ...result.history.map((operation) => {
      const { index, client, invokedAtUs, endedAtUs, outcome } = operation;
      const end = endedAtUs === Infinity ? result.facts.endedAtUs : endedAtUs;
      const name = `#${index} ${operationText(operation)}`;
      return {
        ph: 'X',
        name,
        cat: 'operation',
        ...at(client),
        ts: invokedAtUs,
        dur: end - invokedAtUs,
        args: { outcome },
      };
    }),
    ...messageEvents(events, at),
  ];
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`;
}

/** Slices of 1 µs at both ends, and the arrow between them. */
function messageEvents(events: RunEvents, at: (node: string) => Event): readonly Event[] {
  const { messages, nodes, kinds } = events;
  return Array.from(messages.sentUs).flatMap((ts, id) => {
    const name = kinds[messages.kind[id] ?? 0] ?? '';
    const from = at(nodes[messages.from[id] ?? 0] ?? '');
    const to = at(nodes[messages.to[id] ?? 0] ?? '');
    const fate = messages.fate[id] ?? 0;
    const sent = { ph: 'X', name, cat: 'message', ...from, ts, dur: 1 };
    if (fate === UNDER_WAY) return [sent];
    if (isLost(fate)) return [{ ...sent, name: `${name} (lost)` }];
    const end = messages.endedUs[id] ?? 0;
    return [
      sent,
      { ph: 's', name, cat: 'message', id, ...from, ts },
      { ph: 'X', name, cat: 'message', ...to, ts: end, dur: 1 },
      { ph: 'f', bp: 'e', name, cat: 'message', id, ...to, ts: end },
    ];
  });
}
