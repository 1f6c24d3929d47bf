/**
 * The trace: what happened, event by event, in the total order of the run. The kernel keeps it as
 * columns; these objects are made while somebody reads. On disk it is NDJSON: a header, one event a
 * line, a footer.
 */
import type { Detail, Message, NodeId } from './node.ts';
import { isRequest, TRANSPORT_FIELDS } from './rpc.ts';

/** Changes with every change of the events below. */
export const TRACE_VERSION = 4;

/**
 * Why a message never arrived. `corrupt`: damaged, and thrown away by the receiver. `full`: no room
 * in the queue of a link. `reset`: its connection broke. `script`: a fault named this message.
 */
export const dropReasons = [
  'partition',
  'loss',
  'down',
  'corrupt',
  'full',
  'reset',
  'script',
] as const;

export type DropReason = (typeof dropReasons)[number];

interface At {
  /** True virtual time. */
  readonly atUs: number;
  /** Position in the total order of the run. */
  readonly n: number;
}

/**
 * A message keeps its `id` from send to each delivery; `message`, `cause` and `fault` are absent
 * where only rows were kept.
 */
export type TraceEvent = At &
  (
    | {
        readonly type: 'send';
        readonly from: NodeId;
        readonly to: NodeId;
        readonly id: number;
        readonly kind: string;
        /** The step whose handler sent it: earlier than `n` if it waited for the sender's disk. */
        readonly cause?: number;
        readonly message?: Message;
      }
    | {
        readonly type: 'deliver';
        readonly from: NodeId;
        readonly to: NodeId;
        readonly id: number;
        readonly kind: string;
        /** The fault that made it late, by name, the last of several; absent: none did. */
        readonly late?: string;
        readonly message?: Message;
      }
    | {
        readonly type: 'drop';
        readonly from: NodeId;
        readonly to: NodeId;
        readonly id: number;
        readonly kind: string;
        readonly why: DropReason;
        /** The fault to blame, by name; null for none, as for a link's own loss. */
        readonly fault?: string | null;
        readonly message?: Message;
      }
    | { readonly type: 'timer'; readonly node: NodeId; readonly tag: string; readonly key: number }
    | { readonly type: 'boot' | 'crash' | 'pause' | 'resume' | 'flush'; readonly node: NodeId }
    | {
        readonly type: 'fault';
        readonly name: string;
        readonly phase: 'inject' | 'heal' | 'not-felt';
        readonly label: string;
      }
    | {
        readonly type: 'note';
        readonly node: NodeId;
        readonly label: string;
        readonly detail: Detail;
      }
    | {
        readonly type: 'invoke' | 'ok' | 'fail' | 'info';
        readonly node: NodeId;
        readonly operation: number;
        readonly text: string;
      }
  );

export type TraceEventType = TraceEvent['type'];

/**
 * Receives every event as it happens, with messages. Must not keep or change them beyond the call.
 */
export interface TraceSink {
  event(event: TraceEvent): void;
}

/** `12.345ms`: true time with the µs kept. */
export function formatAtUs(atUs: number): string {
  return `${(atUs / 1000).toFixed(3)}ms`;
}

/**
 * The one text form of a message: `appendEntries term=3 entries=[…]`, fields in the order written.
 * A request says what it asks before what the transport adds: `write key=x value=1 id=7 session=…`.
 */
export function describeMessage(message: Message): string {
  let text = message.type;
  let transport = '';
  const asks = isRequest(message);
  for (const [field, value] of Object.entries(message)) {
    if (field === 'type' || value === undefined) continue;
    const part = fieldText(field, value);
    if (asks && TRANSPORT_FIELDS.includes(field)) transport += part;
    else text += part;
  }
  return text + transport;
}

/** A text as it is, all else as JSON; a finite number is the same in both, and sooner without. */
function fieldText(field: string, value: unknown): string {
  const isPlain = typeof value === 'string' || Number.isFinite(value);
  return ` ${field}=${isPlain ? value : JSON.stringify(value)}`;
}

/** The one text form of an event, without line break: `12.345ms kv-1→kv-2 appendEntries term=3`. */
export function describeEvent(event: TraceEvent): string {
  return `${formatAtUs(event.atUs)} ${describeWhat(event)}`;
}

function describeWhat(event: TraceEvent): string {
  switch (event.type) {
    case 'send':
    case 'deliver':
    case 'drop': {
      const body = event.message === undefined ? event.kind : describeMessage(event.message);
      const arrow = event.type === 'send' ? '→' : event.type === 'deliver' ? '⇒' : '✕';
      const why = event.type === 'drop' ? ` (${event.why})` : '';
      return `${event.from}${arrow}${event.to} ${body}${why}`;
    }
    case 'timer':
      return `${event.node} timer ${event.tag}${event.key === 0 ? '' : ` ${event.key}`}`;
    case 'fault':
      return `fault ${event.name} ${event.phase} ${event.label}`;
    case 'note':
      return `${event.node} ${event.label}${describeDetail(event.detail)}`;
    case 'invoke':
    case 'ok':
    case 'fail':
    case 'info':
      return `${event.node} ${event.type} #${event.operation} ${event.text}`;
    default:
      return `${event.node} ${event.type}`;
  }
}

/** ` role=leader term=3`: fields in the order written, each after a space. */
export function describeDetail(detail: Detail): string {
  let text = '';
  for (const [field, value] of Object.entries(detail)) {
    text += fieldText(field, value);
  }
  return text;
}

/**
 * A role that a node took, by `ctx.note(ROLE_NOTE, { role, term })`: what `leaders per term`
 * counts.
 */
export const ROLE_NOTE = 'role';
