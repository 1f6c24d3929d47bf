/**
 * The trace as a page with a column for each node, one row an event: what each node did reads from
 * top to bottom, which node waits for which from left to right. Faults go across, clients share a
 * column.
 */
import type { NodeId } from '../sim/node.ts';
import { describeMessage, ROLE_NOTE, type TraceEvent } from '../sim/trace.ts';
import { formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { padLeft, padRight, textWidth, wrap } from './layout.ts';

const TIME_COLUMNS = 9;
const COLUMN_MIN = 18;
const GAP = 1;
const LINES_MAX = 4;

export interface LogColumnsOptions {
  /** The nodes that have a column, from left to right. */
  readonly nodes: readonly NodeId[];
  /** All clients share the last column; none when empty. */
  readonly clients: readonly NodeId[];
  /** Columns of the page. It gets wider when there are too many nodes for it. */
  readonly width: number;
}

/** Turns events into lines, one event at a time. */
export class LogColumns {
  private readonly ink: Ink;
  private readonly columnOf = new Map<NodeId, number>();
  private readonly heads: readonly string[];
  private readonly clients: ReadonlySet<NodeId>;
  private readonly columnWidth: number;

  constructor(options: LogColumnsOptions, ink: Ink) {
    this.ink = ink;
    this.clients = new Set(options.clients);
    options.nodes.forEach((node, i) => {
      this.columnOf.set(node, i);
    });
    for (const client of options.clients) this.columnOf.set(client, options.nodes.length);
    this.heads = [...options.nodes, ...(options.clients.length > 0 ? ['clients'] : [])];
    const room = Math.floor((options.width - TIME_COLUMNS) / Math.max(1, this.heads.length)) - GAP;
    this.columnWidth = Math.max(COLUMN_MIN, room);
  }

  /** The line of names above the columns, and a rule. */
  head(): string {
    const names = this.heads.map((name) => padRight(this.ink.clean(name), this.columnWidth));
    const line = [' '.repeat(TIME_COLUMNS), ...names].join(' ');
    return `${this.ink.strong(line.trimEnd())}\n`;
  }

  /** The lines of an event with their breaks; empty for one that no column is for. */
  lines(event: TraceEvent): string {
    const at = padLeft(formatMomentUs(event.atUs), TIME_COLUMNS);
    if (event.type === 'fault') {
      const label = event.label === '' ? '' : `  ${event.label}`;
      const text = this.ink.clean(`${event.name} ${event.phase}${label}`);
      return `${at} ${this.ink.warn(`${this.ink.glyph.barLine.repeat(2)} ${text}`)}\n`;
    }
    const place = this.placeOf(event);
    const column = place === null ? undefined : this.columnOf.get(place.node);
    if (place === null || column === undefined) return '';
    const indent = ' '.repeat(column * (this.columnWidth + GAP));
    const text = this.clients.has(place.node) ? `${place.node} ${place.text}` : place.text;
    const wrapped = wrap(this.ink.clean(text), this.columnWidth);
    const shown = wrapped.slice(0, LINES_MAX);
    if (wrapped.length > LINES_MAX) shown.push(this.ink.glyph.ellipsis);
    return shown
      .map((line, i) => {
        const padded = place.paint === undefined ? line : place.paint(line);
        return `${i === 0 ? at : ' '.repeat(textWidth(at))} ${indent}${padded}\n`;
      })
      .join('');
  }

  /**
   * The column that an event belongs to and what stands there; null for what would only be noise.
   */
  private placeOf(event: Exclude<TraceEvent, { type: 'fault' }>): {
    readonly node: NodeId;
    readonly text: string;
    readonly paint?: (text: string) => string;
  } | null {
    const { ink } = this;
    switch (event.type) {
      case 'send':
        return { node: event.from, text: `→${event.to} ${event.kind}`, paint: ink.dim };
      case 'deliver':
        return { node: event.to, text: `${event.from}⇒ ${bodyOf(event)}` };
      case 'drop':
        return {
          node: event.from,
          text: `✕${event.to} ${event.kind} (${event.why})`,
          paint: ink.bad,
        };
      case 'timer':
        return { node: event.node, text: `timer ${event.tag}`, paint: ink.dim };
      case 'flush':
        return null;
      case 'note': {
        return { node: event.node, text: noteText(event), paint: ink.strong };
      }
      case 'invoke':
      case 'ok':
      case 'fail':
      case 'info':
        return { node: event.node, text: `${event.type} #${event.operation} ${event.text}` };
      default:
        return { node: event.node, text: event.type, paint: ink.warn };
    }
  }
}

/** `leader, term 2`, or the label with its detail. */
function noteText({ label, detail }: Extract<TraceEvent, { type: 'note' }>): string {
  if (label === ROLE_NOTE) return `${detail['role']}, term ${detail['term']}`;
  const parts = Object.entries(detail).map(
    ([field, value]) => ` ${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return label + parts.join('');
}

function bodyOf(event: Extract<TraceEvent, { type: 'send' | 'deliver' }>): string {
  return event.message === undefined ? event.kind : describeMessage(event.message);
}
