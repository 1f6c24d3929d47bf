/**
 * What a page needs of the events of a run, as columns: a sink that listens while the run goes on.
 * A run that keeps no page has no such sink, and pays nothing.
 */
import type { Detail, NodeId } from '../../sim/node.ts';
import { describeMessage, dropReasons, type TraceEvent, type TraceSink } from '../../sim/trace.ts';

/** What became of a message: 0 it arrived, 1 it was under way at the end, else why it was lost. */
export const ARRIVED = 0;
export const UNDER_WAY = 1;
export const fates: readonly string[] = ['arrived', 'under way', ...dropReasons];

export function isLost(fate: number | undefined): boolean {
  return (fate ?? ARRIVED) > UNDER_WAY;
}

const BODY_CHARS_MAX = 600;
/** Notes besides those of roles. */
const NOTES_MAX = 20_000;

/** One row a message; a doubled one has a second. Plain arrays: they grow as the run goes. */
export interface MessageTable {
  readonly sentUs: number[];
  /** When it arrived or was lost; -1 while it is under way. */
  readonly endedUs: number[];
  readonly from: number[];
  readonly to: number[];
  readonly kind: number[];
  readonly fate: number[];
  readonly sentStep: number[];
  /** -1 while it is under way. */
  readonly endedStep: number[];
  /** The step whose handler sent it. */
  readonly cause: number[];
  /** Which fault lost it or made it late, as a place in `faults`; -1 for none. */
  readonly fault: number[];
}

export interface NotedEvent {
  readonly atUs: number;
  readonly n: number;
  readonly node: NodeId;
  readonly label: string;
  readonly detail: Detail;
}

export interface LifeEvent {
  readonly atUs: number;
  readonly n: number;
  readonly node: NodeId;
  readonly what: 'boot' | 'crash' | 'pause' | 'resume';
}

export class RunEvents implements TraceSink {
  readonly nodes: readonly NodeId[];
  readonly kinds: string[] = [];
  readonly faults: string[] = [];
  readonly messages: MessageTable = {
    sentUs: [],
    endedUs: [],
    from: [],
    to: [],
    kind: [],
    fate: [],
    sentStep: [],
    endedStep: [],
    cause: [],
    fault: [],
  };
  /** By row, what the message says besides its type. */
  readonly bodies: string[] = [];
  readonly notes: NotedEvent[] = [];
  readonly lives: LifeEvent[] = [];
  /** By operation, the steps in which it began and ended; -1 where it did not. */
  readonly begun: number[] = [];
  readonly ended: number[] = [];
  /** Notes that were not kept. */
  notesLost = 0;
  readonly places: ReadonlyMap<NodeId, number>;
  private readonly kindOf = new Map<string, number>();
  private readonly faultOf = new Map<string, number>();
  /** By id of a message, its row. */
  private readonly rows: number[] = [];

  constructor(nodes: readonly NodeId[]) {
    this.nodes = nodes;
    this.places = new Map(nodes.map((node, i) => [node, i]));
  }

  event(event: TraceEvent): void {
    switch (event.type) {
      case 'send':
        return this.send(event);
      case 'deliver':
      case 'drop':
        return this.end(event);
      case 'invoke':
        this.begun[event.operation] = event.n;
        this.ended[event.operation] = -1;
        return;
      case 'ok':
      case 'fail':
      case 'info':
        this.ended[event.operation] = event.n;
        return;
      case 'note': {
        if (event.label !== 'role' && this.notes.length >= NOTES_MAX) {
          this.notesLost++;
          return;
        }
        const { atUs, n, node, label, detail } = event;
        this.notes.push({ atUs, n, node, label, detail });
        return;
      }
      case 'boot':
      case 'crash':
      case 'pause':
      case 'resume':
        this.lives.push({ atUs: event.atUs, n: event.n, node: event.node, what: event.type });
        return;
    }
  }

  private send(event: Extract<TraceEvent, { type: 'send' }>): void {
    const { messages } = this;
    this.rows[event.id] = messages.sentUs.length;
    messages.sentUs.push(event.atUs);
    messages.endedUs.push(-1);
    messages.from.push(this.places.get(event.from) ?? 0);
    messages.to.push(this.places.get(event.to) ?? 0);
    messages.kind.push(numberOf(event.kind, this.kinds, this.kindOf));
    messages.fate.push(UNDER_WAY);
    messages.sentStep.push(event.n);
    messages.endedStep.push(-1);
    messages.cause.push(event.cause ?? event.n);
    messages.fault.push(-1);
    this.bodies.push(bodyOf(event));
  }

  private end(event: Extract<TraceEvent, { type: 'deliver' | 'drop' }>): void {
    const first = this.rows[event.id];
    if (first === undefined) return;
    const { messages } = this;
    const row = messages.endedStep[first] === -1 ? first : this.copyOf(first);
    messages.endedUs[row] = event.atUs;
    messages.endedStep[row] = event.n;
    if (event.type === 'deliver') {
      messages.fate[row] = ARRIVED;
      const { late } = event;
      if (late !== undefined) {
        messages.fault[row] = numberOf(late, this.faults, this.faultOf);
      }
      return;
    }
    messages.fate[row] = 2 + dropReasons.indexOf(event.why);
    const { fault } = event;
    if (typeof fault === 'string') {
      messages.fault[row] = numberOf(fault, this.faults, this.faultOf);
    }
  }

  /** A second row for a message that was doubled. */
  private copyOf(row: number): number {
    const { messages, bodies } = this;
    for (const column of Object.values(messages)) column.push(column[row]);
    bodies.push(bodies[row] ?? '');
    messages.fault[bodies.length - 1] = -1;
    return bodies.length - 1;
  }
}

function numberOf(name: string, names: string[], known: Map<string, number>): number {
  const number = known.get(name);
  if (number !== undefined) return number;
  names.push(name);
  known.set(name, names.length - 1);
  return names.length - 1;
}

function bodyOf({ message, kind }: Extract<TraceEvent, { type: 'send' }>): string {
  if (message === undefined) return '';
  const text = describeMessage(message).slice(kind.length + 1);
  return text.length > BODY_CHARS_MAX ? `${text.slice(0, BODY_CHARS_MAX)}…` : text;
}
