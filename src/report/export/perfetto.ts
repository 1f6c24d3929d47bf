/**
 * The trace-event format of Chrome, which Perfetto and chrome://tracing open: a process of all
 * nodes and one of faults, a thread for each node and more where its operations overlap; operations
 * and roles are slices, messages are arrows.
 */
import type { Result } from '../../scenarios/result.ts';
import { operationText } from '../operation-text.ts';
import { roleIntervals, roleTitle } from '../page/roles.ts';
import { isLost, type RunEvents, UNDER_WAY } from '../page/run-events.ts';
import { operationLanes } from './operation-lanes.ts';

type Event = { readonly [field: string]: unknown };

/** JSON text, times in µs. */
export function toPerfetto(result: Result, events: RunEvents): string {
  const { history, facts } = result;
  const roles = roleIntervals(events.notes, events.lives, facts.groups, facts.endedAtUs);
  const lanes = operationLanes(history, facts.endedAtUs, new Set(roles.map(({ node }) => node)));
  const threads = events.nodes.flatMap((name) =>
    Array.from({ length: lanes.counts.get(name) ?? 1 }, (_, lane) => ({ name, lane })),
  );
  // A node has the number that it always had; lanes besides come after all nodes.
  const numbers = new Map(events.nodes.map((name, i) => [`0 ${name}`, i + 1]));
  for (const { name, lane } of threads) {
    if (lane > 0) numbers.set(`${lane} ${name}`, numbers.size + 1);
  }
  const at = (node: string, lane = 0) => ({ pid: 1, tid: numbers.get(`${lane} ${node}`) ?? 0 });
  const traceEvents: Event[] = [
    { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: result.scenario.name } },
    { ph: 'M', name: 'process_name', pid: 2, tid: 0, args: { name: 'faults' } },
    ...threads.flatMap(({ name, lane }, place) => {
      const thread = { ph: 'M', ...at(name, lane) };
      const title = lane === 0 ? name : `${name} (${lane + 1})`;
      return [
        { ...thread, name: 'thread_name', args: { name: title } },
        { ...thread, name: 'thread_sort_index', args: { sort_index: place } },
      ];
    }),
    ...facts.faults.flatMap(({ name, label, injectedAtUs, healedAtUs }, i) => {
      if (injectedAtUs === null) return [];
      const dur = (healedAtUs ?? facts.endedAtUs) - injectedAtUs;
      return [
        { ph: 'X', name, cat: 'fault', pid: 2, tid: i + 1, ts: injectedAtUs, dur, args: { label } },
      ];
    }),
    ...roles.map((interval) => {
      const { node, fromUs, untilUs } = interval;
      const name = roleTitle(interval);
      return { ph: 'X', name, cat: 'role', ...at(node), ts: fromUs, dur: untilUs - fromUs };
    }),
    ...history.map((operation, i) => {
      const { index, client, invokedAtUs, endedAtUs, outcome } = operation;
      const end = endedAtUs === Infinity ? facts.endedAtUs : endedAtUs;
      const name = `#${index} ${operationText(operation)}`;
      return {
        ph: 'X',
        name,
        cat: 'operation',
        ...at(client, lanes.of[i]),
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
