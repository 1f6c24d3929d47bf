/**
 * What led to an operation's end: its causal cone.
 *
 * Source: Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System", the
 * relation `happened before`: the order of events on one node, a message's sending before its
 * arrival, and what follows from both. A single pass from the newest event to the oldest finds it:
 * a node is in the cone from its newest event that is, back to its beginning, and an arrival in the
 * cone brings the sender in.
 *
 * In a busy run the cone is nearly everything before. So its messages are ranked by how they caused
 * what the witnesses saw: those that a witness's own client exchanged while the operation was open;
 * those that led to them directly, each sent in the very handler that the one before it started;
 * those that carry a witness's request, or its key and value. Of the rest only a few are drawn,
 * those about its key first, as the ground on which it happened.
 */
import type { NodeId } from '../../sim/node.ts';
import type { TraceEvent } from '../../sim/trace.ts';
import type { Mark, WitnessSubject } from './witness-marks.ts';

/** An event as the cone keeps it: the message is its text. */
export type ConeEvent =
  | {
      readonly type: 'message';
      /** When it arrived, or was lost. */
      readonly atUs: number;
      readonly n: number;
      readonly sentAtUs: number | null;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly kind: string;
      readonly text: string;
      /** Why it never arrived; null when it did. */
      readonly lost: string | null;
    }
  | {
      readonly type: 'note' | 'life' | 'operation';
      readonly atUs: number;
      readonly n: number;
      readonly node: NodeId;
      readonly text: string;
    }
  | {
      readonly type: 'fault';
      readonly atUs: number;
      readonly n: number;
      readonly phase: 'inject' | 'heal' | 'not-felt';
      readonly text: string;
    };

export interface Cone {
  /** In the order of the run. */
  readonly events: readonly ConeEvent[];
  /** Messages in it. */
  readonly messages: number;
  /**
   * Messages of the whole cone that were left out, as far as events were kept: of lower rank, or
   * older.
   */
  readonly omitted: number;
}

/** What the picture is about: operations, or the last event of a node that met an error. */
export interface ConeTarget {
  readonly operations: readonly number[];
  /** What they wrote and read; absent: nothing is known of it. */
  readonly subject?: WitnessSubject;
  /** The node at which the run stopped, and the position of the last event there; null without. */
  readonly stoppedAt: { readonly node: NodeId; readonly n: number } | null;
}

export const CONE_MESSAGES_MAX = 60;
/** Of messages that carry nothing of the witnesses, at most this many are drawn. */
const GROUND_MESSAGES = 12;
const NOTES_MAX = 20;

/** An event with its message turned into text, so that it may be kept. */
export type KeptEvent = TraceEvent & { readonly text?: string; readonly mark?: Mark };

/**
 * Finds the cone in events in the order of the run. `kept` are all events up to the last that
 * matters, or the newest part of them.
 */
export function causalCone(
  kept: readonly KeptEvent[],
  target: ConeTarget,
  messagesMax = CONE_MESSAGES_MAX,
): Cone {
  const { messages, rest } = collect(kept, target);
  const open = openSpans(kept, target);
  const own = (message: MessageEvent) =>
    open.some(
      ({ node, from, until }) =>
        (message.from === node || message.to === node) && message.n >= from && message.n <= until,
    );
  const direct = directCauses(kept, messages, messages.filter(own));
  const rankOf = (message: MessageEvent) =>
    own(message) ? 4 : direct.has(message.id) ? 3 : message.mark;
  // All lists are newest first, as sorting leaves them.
  const ranked = messages
    .map((message) => ({ message, rank: rankOf(message) }))
    .sort((a, b) => b.rank - a.rank);
  // Without a witness nothing is ground: all of it is what a node had heard.
  const isGround = ({ rank }: { readonly rank: number }) => rank < 2 && open.length > 0;
  const chosen = ranked.filter((each) => !isGround(each)).slice(0, messagesMax);
  const room = Math.min(GROUND_MESSAGES, messagesMax - chosen.length);
  chosen.push(...ranked.filter(isGround).slice(0, room));
  const oldest = Math.min(...chosen.map(({ message }) => message.n));
  const notes = rest.filter(({ type, n }) => n >= oldest && (type === 'note' || type === 'life'));
  const around = [
    ...notes.slice(0, NOTES_MAX),
    ...rest.filter(({ type }) => type === 'operation' || type === 'fault'),
  ];
  return {
    events: [...chosen.map(({ message }) => message), ...around].sort(
      (a, b) => a.n - b.n || orderOf(a) - orderOf(b),
    ),
    messages: chosen.length,
    omitted: messages.length - chosen.length,
  };
}

/** With what ranks it: the number of its sending, and what it carries. */
type MessageEvent = Extract<ConeEvent, { type: 'message' }> & {
  readonly id: number;
  readonly mark: Mark;
};
type OtherEvent = Exclude<ConeEvent, { type: 'message' }>;

/**
 * The messages that led to these by one handler after the other: what started the handler that sent
 * one is its direct cause. A timer ends the chain.
 */
function directCauses(
  kept: readonly KeptEvent[],
  messages: readonly MessageEvent[],
  from: readonly MessageEvent[],
): ReadonlySet<number> {
  /** Where each message was sent: at one node, in the handler of one event. */
  const sentIn = new Map<number, string>();
  for (const event of kept) {
    if (event.type === 'send') sentIn.set(event.id, `${event.n} ${event.from}`);
  }
  const arrivedIn = new Map<string, number>();
  for (const { id, n, to, lost } of messages) if (lost === null) arrivedIn.set(`${n} ${to}`, id);
  const found = new Set<number>();
  for (const { id } of from) {
    for (let next: number | undefined = id; next !== undefined && !found.has(next); ) {
      found.add(next);
      const place = sentIn.get(next);
      next = place === undefined ? undefined : arrivedIn.get(place);
    }
  }
  return found;
}

/** At one position an arrival comes before what the node does about it. */
function orderOf(event: ConeEvent): number {
  return event.type === 'fault' ? 0 : event.type === 'message' && event.lost === null ? 1 : 2;
}

/** Walks back from the newest event; both lists come out newest first. */
function collect(
  kept: readonly KeptEvent[],
  target: ConeTarget,
): { readonly messages: readonly MessageEvent[]; readonly rest: readonly OtherEvent[] } {
  const inside = new Set<NodeId>();
  const sent = sendTimes(kept);
  const awaited = new Set<number>();
  const lost = new Map<number, MessageEvent[]>();
  const messages: MessageEvent[] = [];
  const rest: OtherEvent[] = [];
  for (let i = kept.length - 1; i >= 0; i--) {
    const event = kept[i];
    if (event === undefined) continue;
    const found = targetNode(event, target);
    if (found !== null) inside.add(found);
    switch (event.type) {
      case 'send':
        // Its arrival is in the cone, and so is all that the sender did before.
        if (awaited.has(event.id)) inside.add(event.from);
        // What was lost belongs to it if its sending does, whenever it was lost.
        if (inside.has(event.from)) messages.push(...(lost.get(event.id) ?? []));
        break;
      case 'deliver':
        if (!inside.has(event.to)) break;
        awaited.add(event.id);
        messages.push(messageOf(event, sent.get(event.id) ?? null, null));
        break;
      case 'drop': {
        const sentAtUs = sent.get(event.id) ?? null;
        const message = messageOf(event, sentAtUs, event.why);
        // Without a row of its sending, whether the sender is inside now must do.
        if (sentAtUs !== null) lost.set(event.id, [...(lost.get(event.id) ?? []), message]);
        else if (inside.has(event.from)) messages.push(message);
        break;
      }
      default: {
        const other = otherOf(event, inside, target);
        if (other !== null) rest.push(other);
      }
    }
  }
  return { messages: messages.sort((a, b) => b.n - a.n), rest };
}

/** When each message was sent. */
function sendTimes(kept: readonly KeptEvent[]): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const event of kept) if (event.type === 'send') times.set(event.id, event.atUs);
  return times;
}

/** The node that this event brings into the cone by itself, or null. */
function targetNode(event: KeptEvent, { operations, stoppedAt }: ConeTarget): NodeId | null {
  const stopped = (node: NodeId) =>
    stoppedAt !== null && node === stoppedAt.node && event.n <= stoppedAt.n ? node : null;
  switch (event.type) {
    case 'ok':
    case 'fail':
    case 'info':
      return operations.includes(event.operation) ? event.node : null;
    case 'deliver':
      return stopped(event.to);
    case 'timer':
      return stopped(event.node);
    default:
      return null;
  }
}

type Routed = Extract<KeptEvent, { id: number }>;

function messageOf(event: Routed, sentAtUs: number | null, lost: string | null): MessageEvent {
  const { atUs, n, from, to, kind, id, text = kind, mark = 0 } = event;
  return { type: 'message', atUs, n, id, sentAtUs, from, to, kind, text, lost, mark };
}

/**
 * Notes and lives of nodes in the cone, the witness operations, and every fault; null for the rest.
 */
function otherOf(
  event: Exclude<KeptEvent, Routed>,
  inside: ReadonlySet<NodeId>,
  { operations }: ConeTarget,
): OtherEvent | null {
  const at = { atUs: event.atUs, n: event.n };
  switch (event.type) {
    case 'fault':
      return { type: 'fault', ...at, phase: event.phase, text: faultText(event) };
    case 'invoke':
    case 'ok':
    case 'fail':
    case 'info': {
      if (!operations.includes(event.operation)) return null;
      const text = `#${event.operation} ${event.type} ${event.text}`;
      return { type: 'operation', ...at, node: event.node, text };
    }
    case 'note':
      return inside.has(event.node)
        ? { type: 'note', ...at, node: event.node, text: event.text ?? event.label }
        : null;
    case 'boot':
    case 'crash':
    case 'pause':
    case 'resume':
      return inside.has(event.node)
        ? { type: 'life', ...at, node: event.node, text: event.type }
        : null;
    default:
      return null;
  }
}

function faultText(event: Extract<KeptEvent, { type: 'fault' }>): string {
  const words = {
    inject: 'strikes',
    heal: 'heals',
    'not-felt': 'found nothing to strike',
  } as const;
  return `${event.name} ${words[event.phase]}${event.label === '' ? '' : ` ${event.label}`}`;
}

interface Span {
  readonly node: NodeId;
  readonly from: number;
  readonly until: number;
}

/** From the invocation of each witness operation to its end, at its client. */
function openSpans(kept: readonly KeptEvent[], { operations }: ConeTarget): readonly Span[] {
  const begun = new Map<number, number>();
  const spans: Span[] = [];
  for (const event of kept) {
    if (event.type === 'invoke' && operations.includes(event.operation))
      begun.set(event.operation, event.n);
    if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') continue;
    if (!operations.includes(event.operation)) continue;
    spans.push({ node: event.node, from: begun.get(event.operation) ?? 0, until: event.n });
  }
  return spans;
}
