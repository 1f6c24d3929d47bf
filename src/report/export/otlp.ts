/**
 * Spans in the JSON encoding of OpenTelemetry's protocol (OTLP 1.x), which Jaeger and others read:
 * a trace for each operation, its messages as spans below it, each below the one that caused it.
 */
import type { Result } from '../../scenarios/result.ts';
import { operationText } from '../operation-text.ts';
import type { RunEvents } from '../page/run-events.ts';
import { ownRows } from './own-messages.ts';

const CLIENT = 3;
const PRODUCER = 4;
const OK = 1;
const ERROR = 2;

/** JSON text; times count from the epoch, as the run's do from 0. */
export function toOtlp(result: Result, events: RunEvents): string {
  const byNode = new Map<string, unknown[]>();
  const put = (node: string, span: unknown) => {
    const known = byNode.get(node);
    if (known === undefined) byNode.set(node, [span]);
    else known.push(span);
  };
  let first = 0;
  const { messages, places } = events;
  for (const operation of result.history) {
    const { index, client, invokedAtUs, endedAtUs, outcome, error } = operation;
    const traceId = hex(index + 1, 32);
    const root = hex(index + 1, 16);
    const end = endedAtUs === Infinity ? result.facts.endedAtUs : endedAtUs;
    put(client, {
      traceId,
      spanId: root,
      name: operationText(operation),
      kind: CLIENT,
      startTimeUnixNano: nanos(invokedAtUs),
      endTimeUnixNano: nanos(end),
      status: outcome === 'ok' ? { code: OK } : { code: ERROR, message: error ?? outcome },
    });
    while (first < messages.sentUs.length && (messages.sentUs[first] ?? 0) < invokedAtUs) first++;
    const rows: number[] = [];
    for (
      let row = first;
      row < messages.sentUs.length && (messages.sentUs[row] ?? 0) <= end;
      row++
    ) {
      rows.push(row);
    }
    for (const { row, parent } of ownRows(events, rows, places.get(client) ?? 0, index)) {
      put(events.nodes[messages.from[row] ?? 0] ?? '', {
        traceId,
        spanId: idOf(index, row),
        parentSpanId: parent === null ? root : idOf(index, parent),
        name: events.kinds[messages.kind[row] ?? 0],
        kind: PRODUCER,
        startTimeUnixNano: nanos(messages.sentUs[row] ?? 0),
        endTimeUnixNano: nanos(messages.endedUs[row] ?? 0),
      });
    }
  }
  return `${JSON.stringify({ resourceSpans: [...byNode].map(([node, spans]) => resource(node, spans)) })}\n`;
}

function resource(node: string, spans: readonly unknown[]) {
  return {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: node } }] },
    scopeSpans: [{ scope: { name: 'dsim' }, spans }],
  };
}

/** A message may belong to several operations: it is a span of each. */
function idOf(operation: number, row: number): string {
  return hex(operation + 1, 8) + hex(row + 1, 8);
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function nanos(us: number): string {
  return us === 0 ? '0' : `${us}000`;
}
