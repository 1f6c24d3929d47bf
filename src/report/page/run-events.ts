/**
 * What a page needs of the events of a run, as columns: a sink that listens while the run goes on.
 * A run that keeps no page has no such sink, and pays nothing.
 */
import type { Detail, NodeId } from '../../sim/node.ts';
import { describeMessage, dropReasons, type TraceEvent, type TraceSink } from '../../sim/trace.ts';
import { MessageBodies } from './message-bodies.ts';
import { MessageRows, type MessageTable } from './message-table.ts';

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
  /** By row, what the message says besides its type. */
  readonly bodies = new MessageBodies();
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
  private readonly table = new MessageRows();
  /** By id of a message, its row. */
  private readonly rows: number[] = [];

  constructor(nodes: readonly NodeId[]) {
    this.nodes = nodes;
    this.places = new Map(nodes.map((node, i) => [node, i]));
  }

  /** Those so far. */
  get messages(): MessageTable {
    return this.table.table();
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
    const row = this.table.add();
    this.rows[event.id] = row;
    const { columns } = this.table;
    columns.sentUs[row] = event.atUs;
    columns.endedUs[row] = -1;
    columns.from[row] = this.places.get(event.from) ?? 0;
    columns.to[row] = this.places.get(event.to) ?? 0;
    columns.kind[row] = numberOf(event.kind, this.kinds, this.kindOf);
    columns.fate[row] = UNDER_WAY;
    columns.sentStep[row] = event.n;
    columns.endedStep[row] = -1;
    columns.cause[row] = event.cause ?? event.n;
    columns.fault[row] = -1;
    this.bodies.add(bodyOf(event));
  }

  private end(event: Extract<TraceEvent, { type: 'deliver' | 'drop' }>): void {
    const first = this.rows[event.id];
    if (first === undefined) return;
    const row = this.table.columns.endedStep[first] === -1 ? first : this.copyOf(first);
    const { columns } = this.table;
    columns.endedUs[row] = event.atUs;
    columns.endedStep[row] = event.n;
    const arrived = event.type === 'deliver';
    columns.fate[row] = arrived ? ARRIVED : 2 + dropReasons.indexOf(event.why);
    const fault = arrived ? event.late : event.fault;
    if (typeof fault === 'string') {
      columns.fault[row] = numberOf(fault, this.faults, this.faultOf);
    }
  }

  /** A second row for a message that was doubled. */
  private copyOf(first: number): number {
    const row = this.table.copy(first);
    this.table.columns.fault[row] = -1;
    this.bodies.copy(first);
    return row;
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
